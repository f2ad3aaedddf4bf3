/* What daemons say to each other inside frames, besides stanzas.
 *
 * A frame's content is either a stanza (<message/>, <presence/> or <iq/> in
 * jabber:client, without xmlns at its root) or one control element in NS_LINK,
 * described here. Names are declared once; no daemon spells them by hand.
 *
 * Frames of one session carry sid, the c2sd's number for the stream. A stanza
 * to or from a client carries n: its ordinal on that stream in that direction,
 * counted by the session manager towards the client and by c2sd from it,
 * starting with 1 at the session's begin. A frame from sm to c2sd with n is
 * copied to the client as it is; one without n is control.
 *
 * --- c2sd → authd, and the answers (sid = stream; channel c2s/N → auth/M) ---
 *
 * <auth-start mechanism domain peer secure='1|0' [cb-type cb-data]
 *             [cb-offered] [mechanisms] [cert] [data]/>
 *      A SASL exchange begins. domain: the stream's; peer: the client's IP
 *      address; cb-*: channel-binding type asked for by the client (from its
 *      gs2 header) and its bytes in Base64; cb-offered: types on offer, space
 *      separated; cert: verified addresses of the client certificate, space
 *      separated; data: initial response in Base64, absent when none came,
 *      empty for "=".
 * <auth-response data [cb-type cb-data]/>   the client's next message; cb-* for
 *      one that came without initial response
 * <auth-abort/>                   the client gave up, or its stream is gone
 *   → <auth-challenge data/>
 *   → <auth-success jid grant [data]/>       jid: bare JID; ends the exchange
 *   → <auth-failure condition [text]/>       SASL condition; ends it
 * <register domain peer secure [invitation]>IQ</register>  before login
 * (XEP-0077), or a token (XEP-0445); invitation: what an <answer/> told
 * <recover domain peer secure>IQ</recover>             before login
 * (authd/recovery.h) <legacy-auth domain peer secure>IQ</legacy-auth> XEP-0078,
 * before login → <answer [jid grant resource] [invitation]>IQ</answer> The IQ to
 * hand to the client; jid, grant and resource on a successful legacy login;
 * invitation: the token was right, and further registers on the stream name it.
 *
 * --- sm → authd (sid = a number of sm's own, echoed) ---
 * <register jid>IQ</register>     password change or removal by a session's
 * user → <answer>IQ</answer>
 * <administer do jid by [password] [email name department]>IQ</administer>
 *      an administrator (by: his bare JID) does something to an account: create
 *      (also in the department of a number), remove, enable, disable, a new
 *      password, or details (name, email; absent: it stays); sm has
 *      found that he may → <answer>IQ</answer>
 *
 * --- authd → maild (channel auth/M → mail/0) ---
 * <letter to jid code expires/>   to: an e-mail address; code: lets the
 * account's owner choose a new password until `expires` (Unix milliseconds);
 * xml:lang: the language in which it was asked for
 *
 * --- webd → sm (channel web/N → sm/SHARD; sid = a number of webd's own, echoed) ---
 * <api token [peer]>IQ</api>      a program runs an ad-hoc command (its form filled;
 *      node: what is behind the '#')
 *      in the name of the administrator whose token it has; the shard is in the
 *      token (common/token). IQ get: which commands there are, with their fields.
 *      `to` of the IQ: a domain; absent: the administrator's. peer: the IP address
 *      of the program, for the log
 *   → <answer>IQ</answer>         result or error; the request is discharged when
 *      webd has it
 *
 * --- sm → webd (the upload service's domain; inside of a user's disco#info) ---
 * <max-upload>BYTES</max-upload>  how large his files may be; 0: as he likes
 *
 * --- ctl → authd, as a datagram, and the answer ---
 * <reset jid [print='1']/>        makes a code; print: for the administrator,
 * by no letter → <reset-answer [code] [text]/>   text: why not
 *
 * --- c2sd → sm, and the answers (sid = stream) ---
 * <session-open jid grant peer [resource] [tls] [carbons='1'] [archive='1']
 * [in [resume] [max]]/>       resource binding, and (XEP-0386) what is enabled
 * with it; archive: the client fetches what is archived; in: as below, when
 * XEP-0198 is enabled: the next frame is <session-enabled/>
 *   → <session-opened jid/>                              full JID
 *   → <session-refused condition type [text]/>           stanza error condition
 * <session-enable in [resume='1'] [max]/>                XEP-0198 <enable/>;
 * in: ordinal of the client's last stanza before it → <session-enabled [id]
 * [max]/>     numbering for the client's h starts with the stanza behind this
 * one <session-acked n/>              the client has all up to ordinal n
 * <session-held n/>   the client does not read: what it was sent up to ordinal n
 * is held here, discharged when sm knows that, and acked when it is the client's
 * <session-resume jid grant id h peer/>   on a new stream: XEP-0198 <resume/>
 *   → <session-resumed jid h out in moves/>   moves: how often it was; h: for the client; out: the ordinal n
 *      that his h stood for (so the base is out minus h); in: ordinal of his
 * last accepted stanza. What he lacks follows with its old ordinals. →
 * <session-refused condition type [text] [out]/>   out: what he was sent, when
 * his h is higher <session-detach/>               the connection is lost;
 * resumable <session-close [text]/>         the stream has ended for good
 *
 * --- an sm that has come back, and each c2sd (datagrams; sid = stream) ---
 * <restore instance of caps/>     sm asks for the sessions of its shards; caps:
 *      the hash of what the server answers to disco#info (XEP-0115)
 *   → <session-restore jid grant peer in out [in-base out-base n] [id max]
 *                      [moves] [detached]/>   one per stream that has one. in: all up to here are
 *      discharged; out: last stanza taken; n: the client has all up to here;
 *      detached: since when, in Unix milliseconds
 *   → the last <session-keep/>, as it was
 *   → stanzas (with n and origin) that are not the client's yet
 *   → <seen origin/>              of a stanza that the session got lately
 *   → <restored n/>               n: datagrams before this one
 *
 * --- sm → c2sd ---
 * <session-keep [grant] …>…</session-keep>   opaque to c2sd but for the grant, which
 *      is the stream's from now on (sm.restore-age): what sm wants to be told
 *      when it asks for restoring; the last one counts
 * <session-end condition [text]/>  end this stream with a stream error
 * <session-quiet [on='1']/>        its user's quiet hours have begun, or are over:
 *      in them what comes for a client that nobody looks at waits, messages too
 * <session-wake/>                  what waits for the client goes out now
 * <session-mark/>      by its discharge sm knows that all before it has come
 * <parcel to lens>…</parcel>      stanzas for several clients (parcel.h); the
 *      frame has neither sid nor n
 *
 * --- mucd → sm (channel muc/N → sm/M, any address of that sm process) ---
 * <fanout><to>JID</to><stanzas>…</stanzas></fanout>
 *      Each stanza, which has no `to`, is for each of these full JIDs of users
 *      whose shards the process owns; each ends with a line
 *      feed. stanzas is in jabber:client.
 *      whose shards the process owns. stanzas is in jabber:client.
 * --- sm → mucd ---
 * <restricted/>     inside presence to a room: its sender may create none; no
 *      client can send it
 * <inviter jid/>    inside a room's invitation to a user of ours: for whom; sm asks
 *      whether he may know the user, and takes it out
 * --- sm → sm, as datagrams ---
 * <census what by [jid] most/>   which accounts are online, active or idle, of
 *      those whom `by`, a user of the asking sm, administers, or which sessions
 *      one of them has; what='end' ends these. sid: a number of the asker's
 *   → <census-answer count [contacts]><found jid [peer]/>…</census-answer>   the
 *      first of them; contacts: how many the one account has
 * <session-ask jid/>  whether this full JID still has a session there
 *   → <session-gone jid/>           it has none; no answer: it has, or may have
 *
 * --- ctl → any address, as a datagram ---
 * <stats/>  → <stats-answer node pid><counter name value/>…</stats-answer>
 */
#ifndef POSTHOUSE_CONTROL_H
#define POSTHOUSE_CONTROL_H

#define CTL_AUTH_START      "auth-start"
#define CTL_AUTH_RESPONSE   "auth-response"
#define CTL_AUTH_ABORT      "auth-abort"
#define CTL_AUTH_CHALLENGE  "auth-challenge"
#define CTL_AUTH_SUCCESS    "auth-success"
#define CTL_AUTH_FAILURE    "auth-failure"
#define CTL_REGISTER        "register"
#define CTL_RECOVER         "recover"
#define CTL_ADMINISTER      "administer"
#define CTL_API             "api"
#define CTL_CENSUS          "census"
#define CTL_CENSUS_ANSWER   "census-answer"
#define CTL_FOUND           "found"
#define CTL_LETTER          "letter"
#define CTL_RESET           "reset"
#define CTL_RESET_ANSWER    "reset-answer"
#define CTL_LEGACY_AUTH     "legacy-auth"
#define CTL_ANSWER          "answer"
#define CTL_MAX_UPLOAD      "max-upload"
#define CTL_SESSION_OPEN    "session-open"
#define CTL_SESSION_OPENED  "session-opened"
#define CTL_SESSION_REFUSED "session-refused"
#define CTL_SESSION_ENABLE  "session-enable"
#define CTL_SESSION_ENABLED "session-enabled"
#define CTL_SESSION_ACKED   "session-acked"
#define CTL_SESSION_HELD    "session-held"
#define CTL_SESSION_RESUME  "session-resume"
#define CTL_SESSION_RESUMED "session-resumed"
#define CTL_SESSION_DETACH  "session-detach"
#define CTL_SESSION_CLOSE   "session-close"
#define CTL_SESSION_END     "session-end"
#define CTL_SESSION_MARK    "session-mark"
#define CTL_SESSION_KEEP    "session-keep"
#define CTL_SESSION_QUIET   "session-quiet"
#define CTL_SESSION_WAKE    "session-wake"
#define CTL_SESSION_RESTORE "session-restore"
#define CTL_RESTORE         "restore"
#define CTL_RESTORED        "restored"
#define CTL_SEEN            "seen"
#define CTL_FANOUT          "fanout"
#define CTL_TO              "to"
#define CTL_STANZAS         "stanzas"
#define CTL_PARCEL          "parcel"
#define CTL_RESTRICTED      "restricted"
#define CTL_INVITER         "inviter"
#define CTL_SESSION_ASK     "session-ask"
#define CTL_SESSION_GONE    "session-gone"
#define CTL_STATS           "stats"
#define CTL_STATS_ANSWER    "stats-answer"
#define CTL_COUNTER         "counter"
#define CTL_TRACE           "trace"        /* ctl to sm: id, from */
#define CTL_TRACE_ANSWER    "trace-answer" /* <step at= of= name= text=/> each */
#define CTL_STEP            "step"

/* What <administer/> does, and what <census/> asks for. */
#define CTL_DO_CREATE     "create"
#define CTL_DO_REMOVE     "remove"
#define CTL_DO_ENABLE     "enable"
#define CTL_DO_DISABLE    "disable"
#define CTL_DO_PASSWORD   "password"
#define CTL_DO_DETAILS    "details"
#define CTL_WHAT_ONLINE   "online"
#define CTL_WHAT_ACTIVE   "active"
#define CTL_WHAT_IDLE     "idle"
#define CTL_WHAT_SESSIONS "sessions"
#define CTL_WHAT_END      "end"

#define CTL_A_DO         "do"
#define CTL_A_BY         "by"
#define CTL_A_WHAT       "what"
#define CTL_A_MOST       "most"
#define CTL_A_COUNT      "count"
#define CTL_A_CONTACTS   "contacts"
#define CTL_A_PASSWORD   "password"
#define CTL_A_EMAIL      "email"
#define CTL_A_DEPARTMENT "department"
#define CTL_A_MECHANISM  "mechanism"
#define CTL_A_DOMAIN     "domain"
#define CTL_A_PEER       "peer"
#define CTL_A_SECURE     "secure"
#define CTL_A_CB_TYPE    "cb-type"
#define CTL_A_CB_DATA    "cb-data"
#define CTL_A_CB_OFFERED "cb-offered"
#define CTL_A_MECHANISMS "mechanisms"
#define CTL_A_CERT       "cert"
#define CTL_A_DATA       "data"
#define CTL_A_JID        "jid"
#define CTL_A_GRANT      "grant"
#define CTL_A_CONDITION  "condition"
#define CTL_A_TYPE       "type"
#define CTL_A_TEXT       "text"
#define CTL_A_RESOURCE   "resource"
#define CTL_A_TLS        "tls"
#define CTL_A_CARBONS    "carbons"
#define CTL_A_ARCHIVE    "archive"
#define CTL_A_IN         "in"
#define CTL_A_OUT        "out"
#define CTL_A_RESUME     "resume"
#define CTL_A_MAX        "max"
#define CTL_A_ID         "id"
#define CTL_A_N          "n"
#define CTL_A_H          "h"
#define CTL_A_IN_BASE    "in-base"
#define CTL_A_IN_DUE     "in-due"  /* the last stanza that comes again */
#define CTL_A_IN_LAST    "in-last" /* the last of all; others are discharged */
#define CTL_A_OUT_BASE   "out-base"
#define CTL_A_DETACHED   "detached"
#define CTL_A_MOVES      "moves"
#define CTL_A_INSTANCE   "instance"
#define CTL_A_OF         "of"
#define CTL_A_ORIGIN     "origin"
#define CTL_A_ON         "on"
#define CTL_A_NODE       "node"
#define CTL_A_CAPS       "caps"
#define CTL_A_PID        "pid"
#define CTL_A_NAME       "name"
#define CTL_A_CODE       "code"
#define CTL_A_EXPIRES    "expires"
#define CTL_A_PRINT      "print"
#define CTL_A_TOKEN      "token"
#define CTL_A_INVITATION "invitation"
#define CTL_A_VALUE      "value"
#define CTL_A_AT         "at"

#endif
