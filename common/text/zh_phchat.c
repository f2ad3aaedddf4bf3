/* What phchat shows, in Simplified Chinese; in the order of strcmp. */
#include "text.h"

const struct text_pair text_zh_phchat[] = {
    {"({count} unread of {from}; /to {from})",
     "（{from} 有 {count} 条未读消息；/to {from}）"},
    {", %u unread", "，%u 条未读"},
    {"Accepted.", "已接受。"},
    {"Asked.", "已发出请求。"},
    {"Blocked.", "已屏蔽。"},
    {"Code: ", "验证码："},
    {"If there is such an account with an e-mail address, a letter with a code "
     "is on its way to it.",
     "如果该账号存在且登记了电子邮件地址，一封含验证码的邮件正在发送。"},
    {"JID: what is typed from now on", "JID：此后输入的内容都发给此人"},
    {"New password: ", "新密码："},
    {"No answer came", "没有收到答复"},
    {"No streamhost can be reached", "无法连接到任何传输主机"},
    {"No such command; help tells them", "没有这个命令；help 列出所有命令"},
    {"Nobody is in this group", "这个分组里没有人"},
    {"Not blocked any more.", "已取消屏蔽。"},
    {"Password: ", "密码："},
    {"Registered {jid}.", "已注册 {jid}。"},
    {"Removed.", "已移除。"},
    {"The connection broke", "连接中断"},
    {"The connection is lost", "连接已断开"},
    {"The file cannot be given its name", "文件无法命名"},
    {"The file cannot be read", "文件无法读取"},
    {"The file cannot be read, or is empty", "文件无法读取，或为空文件"},
    {"The file cannot be written", "文件无法写入"},
    {"The file does not move any more", "文件传输停滞"},
    {"The file has changed", "文件已更改"},
    {"The file is not whole", "文件不完整"},
    {"The file was refused", "文件被拒绝"},
    {"The file's hash is wrong", "文件校验和错误"},
    {"The login was refused: wrong name or password",
     "登录被拒绝：用户名或密码错误"},
    {"The other side does not answer", "对方没有响应"},
    {"The other side is at none of our hosts",
     "对方不在我们提供的任何传输主机上"},
    {"The other side reaches no streamhost", "对方无法连接到任何传输主机"},
    {"The password is another one now.", "密码已修改。"},
    {"The proxy cannot be reached", "无法连接到代理"},
    {"The proxy does not relay it", "代理不转发此文件"},
    {"The room is made.", "房间已创建。"},
    {"The server has no service for uploads", "服务器没有上传服务"},
    {"The server offers no TLS", "服务器不支持 TLS"},
    {"The server's certificate is not trusted: %s", "服务器的证书不受信任：%s"},
    {"The upload service answers with nonsense", "上传服务的回应无法理解"},
    {"There is no proxy for files", "没有文件代理"},
    {"There is no way to the server", "无法连接到服务器"},
    {"To whom? /to JID first", "发给谁？请先用 /to JID"},
    {"You are online as {jid}. /help tells what can be done.",
     "您已上线：{jid}。输入 /help 查看可用命令。"},
    {"a letter with a code, a new password with it",
     "收取验证码邮件，凭验证码设置新密码"},
    {"away", "离开"},
    {"chat", "空闲可聊"},
    {"dnd", "请勿打扰"},
    {"gone", "已离开"},
    {"hash is right", "校验和正确"},
    {"here", "在房间里"},
    {"no hash was told", "未提供校验和"},
    {"offline", "离线"},
    {"online", "在线"},
    {"phchat: expected --jid JID; see --help\n",
     "phchat：需要 --jid JID；请参阅 --help\n"},
    {"phchat: expected a password\n", "phchat：需要密码\n"},
    {"phchat: see --help\n", "phchat：请参阅 --help\n"},
    {"received", "已接收"},
    {"sent", "已发送"},
    {"usage: phchat --jid JID [option]... [VERB WORD...]\n\n  --jid JID        "
     "     the account\n  --password-file FILE  its password, the first line "
     "of it; else\n                        $PHCHAT_PASSWORD, else asked for\n  "
     "--server HOST:PORT    where to connect, instead of DNS\n  --ca FILE      "
     "       PEM file of trusted certificates\n  --folder DIR          where "
     "received files go; default .\n  --json                one object for "
     "each event\n  --proxy-only          files go by the proxy, never "
     "directly\n\nWithout a verb it is interactive.\n\n",
     "用法：phchat --jid JID [选项]... [命令 参数...]\n\n  --jid JID           "
     "  账号\n  --password-file FILE  密码文件，取其第一行；否则取环境变量\n   "
     "                     $PHCHAT_PASSWORD，再否则询问\n  --server HOST:PORT  "
     "  要连接的主机，不经 DNS 查询\n  --ca FILE             受信任证书的 PEM "
     "文件\n  --folder DIR          接收的文件存放处；默认为当前目录\n  --json "
     "               每个事件输出一个 JSON 对象\n  --proxy-only          "
     "文件只经代理传输，从不直连\n\n不写命令则进入交互方式。\n\n"},
    {"xa", "长时间离开"},
    {"{from} asks to be your friend: /accept {from}",
     "{from} 请求加您为好友：/accept {from}"},
    {"{from} is no longer your friend", "{from} 不再是您的好友"},
    {"{from} is your friend now", "{from} 已成为您的好友"},
    {"{from} is {show}", "{from} 现在{show}"},
    {"{from} sends {name} ({size} bytes)",
     "{from} 发送文件 {name}（{size} 字节）"},
    {"{name}: {done} of {size} bytes",
     "{name}：已传 {done} 字节，共 {size} 字节"},
    {"{name}: {size} bytes, uploaded: {url}",
     "{name}：{size} 字节，已上传：{url}"},
    {"{name}: {size} bytes, {way}, {check}",
     "{name}：{size} 字节，{way}，{check}"},
};
const size_t text_zh_phchat_count = COUNT_OF(text_zh_phchat);
