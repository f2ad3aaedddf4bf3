#include "options.h"

#include "check.h"

#define INT(section, key, fallback, min, max, unit, doc)                       \
    {                                                                          \
        section, key, OPTION_INT, fallback, min, max, unit, NULL, doc, NULL,   \
            NULL                                                               \
    }
#define BOOL(section, key, fallback, doc)                                      \
    {                                                                          \
        section, key, OPTION_BOOL, fallback, 0, 0, "", NULL, doc, NULL, NULL   \
    }
#define TEXT(section, key, fallback, doc)                                      \
    {                                                                          \
        section, key, OPTION_STR, fallback, 0, 0, "", NULL, doc, NULL, NULL    \
    }
#define ONE_OF(section, key, fallback, choices, doc)                           \
    {                                                                          \
        section, key, OPTION_STR, fallback, 0, 0, "", choices, doc, NULL, NULL \
    }
#define LIKE(section, key, fallback, check, expected, doc)                     \
    {                                                                          \
        section, key, OPTION_STR, fallback, 0, 0, "", NULL, doc, check,        \
            expected                                                           \
    }
#define LIST(section, key, fallback, doc)                                      \
    {                                                                          \
        section, key, OPTION_LIST, fallback, 0, 0, "", NULL, doc, NULL, NULL   \
    }
#define LIST_LIKE(section, key, fallback, check, expected, doc)                \
    {                                                                          \
        section, key, OPTION_LIST, fallback, 0, 0, "", NULL, doc, check,       \
            expected                                                           \
    }
#define DOMAINS(section, key, fallback, doc)                                   \
    LIST_LIKE(section, key, fallback, check_domain,                            \
              "a domain name in lower case", doc)
#define LIST_OF(section, key, fallback, choices, doc)                          \
    {                                                                          \
        section, key, OPTION_LIST, fallback, 0, 0, "", choices, doc, NULL,     \
            NULL                                                               \
    }

#define GIB (INT64_C(1) << 30)

const struct option_row option_rows[] = {
    /* the whole suite */
    DOMAINS("", "domains", "{\"localhost\"}",
            "Domains that this suite serves."),
    LIST_LIKE("", "admins", "{}", check_account, "user@domain",
              "Bare JIDs of administrators."),
    ONE_OF("", "log-level", "info", "debug|info|warn|error",
           "Least level of the lines that are written."),
    ONE_OF("", "default-language", "en", "en|zh",
           "Language of texts for those whose client names none that there are "
           "texts in; read at start."),
    TEXT("", "database", "",
         "libpq connection string of the form key=value, without the user; "
         "{role} in it stands for the role's name, so that each daemon has a "
         "certificate or a password file of its own; empty means the private "
         "cluster of the suite. A host that is no folder of a socket is "
         "reached over TCP."),
    TEXT("", "database-roles", "posthouse",
         "What the names of the database's roles begin with: posthouse_sm and so on. "
         "A second suite on the same database has others, which posthousectl db "
         "restrict keeps to its domains; they are made by hand."),
    TEXT("", "grant-key", "",
         "File with the 32-byte key of login grants, "
         "readable by authd and sm alone; empty means keys/grant.key of the "
         "suite."),

    /* which system user may bind which kind of address */
    TEXT("users", "c2s", "posthouse-c2s", "System user of c2sd."),
    TEXT("users", "auth", "posthouse-auth", "System user of authd."),
    TEXT("users", "sm", "posthouse-sm", "System user of sm."),
    TEXT("users", "muc", "posthouse-muc", "System user of mucd."),
    TEXT("users", "comp", "posthouse-comp", "System user of compd."),
    TEXT("users", "proxy", "posthouse-proxy", "System user of proxy65d."),
    TEXT("users", "web", "posthouse-web", "System user of webd."),
    TEXT("users", "s2s", "posthouse-s2s", "System user of s2sd."),
    TEXT("users", "mail", "posthouse-mail", "System user of maild."),
    TEXT("users", "router", "posthouse-router", "System user of routerd."),

    /* routerd */
    INT("routerd", "max-peer-buffer", "67108864", 1 << 20, 16 * GIB, "bytes",
        "What may wait for one daemon before its connection is closed."),
    INT("routerd", "max-peers", "1024", 2, 100000, "connections",
        "Daemons that may be connected at once."),
    INT("routerd", "max-peers-per-user", "256", 1, 100000, "connections",
        "Connections of one system user at once."),
    INT("routerd", "header-timeout", "5", 0, 3600, "seconds",
        "For a daemon to say who it is; 0: no limit."),
    INT("routerd", "stall-timeout", "5", 0, 3600, "seconds",
        "How long others wait for a daemon that does not read; 0: no limit."),

    /* the link, for all daemons */
    INT("link", "window", "4194304", 65536, GIB, "bytes",
        "What one channel may have unacknowledged before its sender stops "
        "reading."),

    /* c2sd */
    LIST("c2sd", "listen", "{\"0.0.0.0\", \"::\"}", "Addresses to listen on."),
    INT("c2sd", "port", "5222", 0, 65535, "", "Port with STARTTLS; 0: none."),
    INT("c2sd", "tls-port", "5223", 0, 65535, "",
        "Port with direct TLS; 0: none."),
    INT("c2sd", "web-port", "5281", 0, 65535, "",
        "Port with WebSocket over TLS (RFC 7395) and host-meta (XEP-0156); 0: "
        "none."),
    LIKE("c2sd", "web-path", "/xmpp-websocket", check_path, "/PATH",
         "Path of the WebSocket."),
    LIKE("c2sd", "web-url", "", check_web_url, "wss://HOST[:PORT]/PATH",
         "What host-meta says of the WebSocket, where a proxy stands in front "
         "of it; empty: this host's own port."),
    TEXT("c2sd", "certificate", "",
         "PEM chain for domains without their own; "
         "empty means tls/cert.pem of the suite."),
    TEXT("c2sd", "key", "",
         "PEM private key of it; empty means tls/key.pem of "
         "the suite."),
    TEXT("c2sd", "ciphers", "",
         "OpenSSL cipher list for TLS 1.2; empty means "
         "the AEAD suites with forward secrecy."),
    TEXT("c2sd", "client-ca", "",
         "PEM file of the authorities whose client "
         "certificates SASL EXTERNAL accepts; empty: none are asked for."),
    BOOL("c2sd", "require-tls", "true", "Refuse everything before STARTTLS."),
    INT("c2sd", "max-stanza-size", "262144", 10000, 1 << 20, "bytes",
        "Size of one stanza after login (RFC 6120 §13.12: at least 10,000)."),
    INT("c2sd", "max-depth", "128", 8, 4096, "levels", "Nesting of elements."),
    INT("c2sd", "max-attributes", "64", 8, 4096, "",
        "Attributes and namespace declarations of one tag."),
    INT("c2sd", "pre-auth-stanza-size", "10240", 10000, 1 << 20, "bytes",
        "Size of one element before login."),
    INT("c2sd", "pre-auth-bytes", "65536", 0, GIB, "bytes",
        "What a connection may send before login; 0: no limit."),
    INT("c2sd", "pre-auth-timeout", "30", 0, 3600, "seconds",
        "Time to log in; 0: no limit."),
    INT("c2sd", "max-login-failures", "5", 1, 100, "",
        "Failed logins on one connection after which it ends."),
    INT("c2sd", "max-connections", "0", 0, 10000000, "connections",
        "Connections of one process; 0: as many as file descriptors allow."),
    INT("c2sd", "max-connections-per-address", "100", 0, 1000000, "connections",
        "Connections from one IP address; 0: no limit."),
    INT("c2sd", "stanza-rate", "0", 0, 1000000, "stanzas per second",
        "Stanzas of one connection; 0: no limit. A faster client is slowed "
        "down, not cut off."),
    INT("c2sd", "byte-rate", "0", 0, GIB, "bytes per second",
        "Bytes of one connection; 0: no limit."),
    INT("c2sd", "idle-timeout", "0", 0, 604800, "seconds",
        "Ping a silent client after this time and close when it does not "
        "answer within 30 seconds; 0: never."),
    INT("c2sd", "keepalive", "300", 0, 86400, "seconds",
        "TCP asks a connection on which nothing came for so long whether its "
        "client is still there; 0: never."),
    INT("c2sd", "network-timeout", "120", 0, 86400, "seconds",
        "A connection is lost when its client confirms nothing by TCP for so "
        "long, be it gone or not reading; its session detaches when it can be "
        "resumed. 0: as the kernel says, after about a quarter of an hour."),
    INT("c2sd", "max-send-buffer", "4194304", 65536, GIB, "bytes",
        "What may wait for a client that takes nothing for two seconds; past "
        "it the stream ends, or detaches when it can be resumed. For one that "
        "reads, if slowly, sm.session-queue may come to it."),

    INT("c2sd", "max-unacknowledged-bytes", "524288", 65536, GIB, "bytes",
        "What one client may send ahead of what the suite has acknowledged; "
        "past it it is not read. A part of link.window, which all clients of a "
        "process share. The stanzas ahead are at most 256."),
    INT("c2sd", "inactive-buffer", "65536", 0, 1048576, "bytes",
        "What may wait for a client that nobody looks at (XEP-0352): presence, "
        "chat states and events go out when it is active, when something that "
        "matters goes out, or past so much. 0: nothing waits."),

    INT("c2sd", "drain-timeout", "5", 0, 60, "seconds",
        "How long a c2sd that is asked to stop waits until all stanzas of a "
        "client are brought to their end; then its stream ends with "
        "system-shutdown in any case."),
    LIKE("c2sd", "location", "", check_location,
         "HOST, HOST:PORT or [IPV6]:PORT",
         "Where clients should connect to resume a stream (XEP-0198); empty: "
         "wherever DNS leads them. For a host of a cluster: itself."),

    TEXT("certificate", "chain", "",
         "PEM chain of the domain that is named by "
         "the section's title: certificate \"example.org\" { chain = \"…\" key "
         "= "
         "\"…\" }. Clients that ask for the domain by SNI get it."),
    TEXT("certificate", "key", "",
         "PEM private key of it; empty: in the same "
         "file."),

    /* authd */
    LIST_OF("authd", "mechanisms",
            "{\"SCRAM-SHA-256-PLUS\", \"SCRAM-SHA-256\", \"SCRAM-SHA-1-PLUS\", "
            "\"SCRAM-SHA-1\", \"PLAIN\", \"EXTERNAL\"}",
            "SCRAM-SHA-256-PLUS|SCRAM-SHA-256|SCRAM-SHA-1-PLUS|SCRAM-SHA-1|"
            "DIGEST-MD5|PLAIN|EXTERNAL",
            "SASL mechanisms on offer, best first. DIGEST-MD5 needs "
            "authd.digest-md5."),
    BOOL("authd", "legacy-auth", "false",
         "Offer jabber:iq:auth (XEP-0078), with a plain password under TLS."),
    BOOL("authd", "digest-md5", "false",
         "Store MD5(user:realm:password) beside the verifiers, from the next "
         "login with PLAIN or new password on, and offer DIGEST-MD5 if "
         "authd.mechanisms lists it. Whoever reads that table can log in."),
    DOMAINS("authd", "anonymous-domains", "{}",
            "Domains on which SASL ANONYMOUS gives a guest a random name."),
    ONE_OF("authd", "registration", "open", "open|closed",
           "In-band registration (XEP-0077)."),
    BOOL("authd", "invitations", "true",
         "Let who has a token of posthousectl invite register, once, also "
         "where registration is closed (XEP-0401, XEP-0445)."),
    DOMAINS("authd", "registration-domains", "{}",
            "Domains on which registration is open; empty: all."),
    INT("authd", "registration-rate", "10", 0, 1000000, "accounts per minute",
        "New accounts from one IP address; 0: no "
        "limit."),
    INT("authd", "login-rate", "20", 0, 1000000, "failures per minute",
        "Failed logins from one IP address before further ones are refused; 0: "
        "no limit."),
    INT("authd", "account-login-rate", "20", 0, 1000000, "failures per minute",
        "Failed logins to one account; 0: no limit."),
    INT("authd", "iterations", "10000", 4096, 10000000, "rounds",
        "PBKDF2 rounds of new verifiers; older ones are renewed at login with "
        "PLAIN."),
    INT("authd", "min-password-length", "6", 1, 1024, "characters",
        "Least length of a new password."),
    INT("authd", "recovery-rate", "5", 0, 1000000, "requests per minute",
        "Codes for a new password that one IP address may ask for; 0: no "
        "limit. They are on offer when maild.command is set."),
    INT("authd", "account-recovery-rate", "2", 0, 1000000,
        "requests per minute",
        "Codes that may be asked for one account; 0: no "
        "limit."),
    INT("authd", "recovery-expiry", "900", 60, 604800, "seconds",
        "How long a code may be used."),
    INT("authd", "recovery-attempts", "5", 1, 100, "",
        "Wrong codes after which the right one is worth nothing."),

    /* LDAP, for authd and posthousectl */
    TEXT("ldap", "uri", "", "Directory whose people log in with its passwords: "
         "ldaps://dc.example.org, ldap://…, ldapi://…; several are separated by "
         "blanks. Empty: none. A change needs a restart of authd."),
    DOMAINS("ldap", "domains", "{}",
            "Domains whose people are of that directory. They log in by PLAIN "
            "under TLS; accounts that have a password here keep to it."),
    BOOL("ldap", "starttls", "false", "Go to TLS before anything is said."),
    TEXT("ldap", "ca-file", "", "PEM file of the authorities that the "
         "directory's certificate has to be of; empty: those of the system."),
    INT("ldap", "timeout", "3", 1, 7, "seconds",
        "How long the directory may take for one answer."),
    INT("ldap", "workers", "4", 1, 64, "processes",
        "Checks of passwords at once, for each authd."),
    TEXT("ldap", "bind-dn", "", "As whom people are searched for; empty: "
         "anonymously."),
    TEXT("ldap", "bind-password-file", "", "File with the password of it."),
    TEXT("ldap", "base", "", "Entry below which all people and groups are."),
    TEXT("ldap", "user-filter", "(uid={user})",
         "Finds who logs in; for Active Directory (sAMAccountName={user})."),
    TEXT("ldap", "person-filter", "(objectClass=inetOrgPerson)",
         "People that posthousectl ldap import takes."),
    TEXT("ldap", "user-attribute", "uid", "Attribute with the user name."),
    TEXT("ldap", "name-attribute", "cn", "Attribute with the real name."),
    TEXT("ldap", "mail-attribute", "mail", "Attribute with the e-mail address."),
    TEXT("ldap", "group-filter", "(objectClass=groupOfNames)",
         "Groups that become departments; empty: none."),
    TEXT("ldap", "group-attribute", "cn", "Attribute with a group's name."),
    TEXT("ldap", "member-attribute", "member",
         "Attribute with a group's members, by distinguished or by user name."),

    /* maild */
    LIST("maild", "command", "{}",
         "Program, and its arguments, that sends a "
         "letter from its standard input to the address that stands for {to}: "
         "{\"/usr/sbin/sendmail\", \"-i\", \"--\", \"{to}\"}. No shell reads "
         "it. Empty: no letters, and codes for a new password come from "
         "posthousectl user reset --print alone."),
    TEXT("maild", "from", "",
         "Sender of the letters; empty: postmaster at the "
         "account's domain."),
    INT("maild", "timeout", "30", 1, 3600, "seconds",
        "How long the command may run before it is killed."),
    INT("maild", "max-commands", "4", 1, 100, "processes",
        "Commands that run at once."),
    INT("maild", "max-waiting", "1000", 1, 1000000, "letters",
        "Letters that wait for a command; more are dropped, with a line in the "
        "log."),

    /* sm */
    INT("sm", "roster-max-items", "2000", 0, 100000, "items",
        "Contacts of one account; 0: no limit."),
    INT("sm", "roster-max-requests", "500", 0, 100000, "requests",
        "Requests of others to see one account's presence that wait for an "
        "answer; 0: no limit."),
    INT("sm", "offline-quota", "1000", 0, 10000000, "messages",
        "Messages kept for an account that is offline; 0: no limit."),
    INT("sm", "offline-max-bytes", "16777216", 0, INT64_C(1) << 40, "bytes",
        "Bytes of them; 0: no limit."),
    BOOL(
        "sm", "archive", "true",
        "Whether messages between users are archived (XEP-0313), both sides'."),
    INT("sm", "archive-days", "0", 0, 36500, "days",
        "How far back an archive reaches; 0: for ever. The property "
        "archive-days of an account or department goes first."),
    INT("sm", "archive-page", "100", 1, 1000, "messages",
        "Most messages of one answer from an archive."),
    INT("sm", "searches", "8", 1, 10000, "searches",
        "Searches of archives at once in one sm, of which two are under way; "
        "one "
        "of each account."),
    INT("sm", "search-timeout", "10", 0, 3600, "seconds",
        "What one search may take before it is given up; 0: as long as it "
        "likes."),
    ONE_OF(
        "sm", "audit", "none", "none|metadata|content",
        "What of messages, subscriptions and queries between people goes into "
        "the audit journal. The property audit of an account or department "
        "goes "
        "first; of two that talk the stronger holds."),
    INT("sm", "audit-days", "0", 0, 36500, "days",
        "How long the journal keeps content; 0: for ever. The lines stay."),
    BOOL("sm", "audit-two-administrators", "false",
         "Whether another administrator has to agree before one reads the "
         "journal."),
    BOOL("sm", "audit-syslog", "false",
         "Whether the signed heads of the journal go to syslog as well, every "
         "day."),
    INT("sm", "trace-bytes", "8388608", 0, GIB, "bytes",
        "Memory for the last steps of messages (posthousectl trace), some 100 "
        "bytes "
        "a step; 0: none."),
    INT("sm", "archive-list-max-items", "200", 0, 100000, "JIDs",
        "Most addresses in a user's lists of what to archive."),
    INT("sm", "active-within", "600", 1, 86400, "seconds",
        "Who has sent nothing for longer is idle to administrators who count."),
    INT("sm", "max-sessions-per-account", "20", 0, 10000, "sessions",
        "Resources of one account at once; 0: no limit."),
    ONE_OF("sm", "resource-conflict", "replace", "replace|refuse|rename",
           "When a resource is bound twice: end the older session, refuse the "
           "new one, or give it another name."),
    INT("sm", "resume-timeout", "300", 0, 86400, "seconds",
        "How long a lost session may be resumed (XEP-0198); 0: never."),
    INT("sm", "room-timeout", "30", 0, 3600, "seconds",
        "How long what is for rooms waits for a mucd that is gone; it is then "
        "returned with remote-server-timeout; 0: until it is back."),
    INT("sm", "restore-age", "604800", 0, 31536000, "seconds",
        "For how long the grant of a login restores its session after sm's "
        "death; sm renews that of a session that lasts; 0: for ever."),
    INT("sm", "restore-size", "1073741824", 0, INT64_C(64) * GIB, "bytes",
        "What one c2sd may tell of its sessions after sm's death; further "
        "ones are not restored; 0: no limit."),
    INT("sm", "session-queue", "4194304", 65536, GIB, "bytes",
        "What is kept for one session that its client has not acknowledged."),
    INT("sm", "vcard-max-size", "131072", 1024, 1 << 20, "bytes",
        "Size of one vCard."),
    INT("sm", "private-max-size", "131072", 1024, 1 << 20, "bytes",
        "Size of one element in private storage."),
    INT("sm", "private-max-items", "256", 0, 100000, "elements",
        "Elements in one account's private storage; 0: no limit."),
    INT("sm", "pep-max-nodes", "200", 1, 100000, "nodes",
        "Nodes of one account's personal eventing (XEP-0163)."),
    INT("sm", "pep-max-items", "1000", 1, 100000, "items",
        "Items that one of them keeps at most, whatever it is told."),
    INT("sm", "pep-max-item-size", "131072", 1024, 1 << 20, "bytes",
        "Size of one item."),
    INT("sm", "pep-answer-size", "1048576", 4096, 1 << 21, "bytes",
        "What one answer holds of a node's items; the oldest are left out."),
    INT("sm", "pep-caps-cache", "2000", 1, 100000, "hashes",
        "Kinds of clients (XEP-0115) of which an sm remembers what they want "
        "to be notified of."),
    INT("sm", "pep-remote-resources", "20000", 1, 10000000, "resources",
        "Resources of contacts on other servers of which an sm remembers the "
        "same; who has been silent for longest is forgotten above it, until "
        "his next presence."),
    INT("sm", "pep-absent-contacts", "500", 0, 100000, "contacts",
        "Contacts without a session whose last items a resource that comes "
        "online gets; 0: no limit."),
    INT("sm", "blocklist-max-items", "1000", 0, 100000, "JIDs",
        "Blocked JIDs of one account; 0: no limit."),
    INT("sm", "search-max-results", "100", 1, 10000, "rows",
        "Rows of one answer of the user search."),
    INT("sm", "account-cache", "20000", 100, 10000000, "accounts",
        "Accounts without a session whose data stay in memory."),
    DOMAINS("sm", "broadcast-domains", "{}",
            "Domains of messages to groups; empty means broadcast.DOMAIN for "
            "each served domain."),
    INT("sm", "multicast-limit", "50", 0, 10000, "addresses",
        "Addresses of one message (XEP-0033); 0: no limit."),
    INT("sm", "offers-per-user", "20", 0, 10000, "offers",
        "Offers of files that may wait for one user who is away, and of one "
        "sender; 0: none."),
    INT("sm", "offer-timeout", "14400", 1, 604800, "seconds",
        "How long an offer of a file waits, as long as its sender stays."),
    LIST_LIKE("sm", "relays", "{}", check_relay,
              "stun:HOST, turn:HOST:PORT?transport=tcp",
              "STUN and TURN servers for voice and video that clients are told "
              "of (XEP-0215), as URIs: {\"stun:stun.example.org\", "
              "\"turn:turn.example.org:3478\"}."),
    TEXT("sm", "relay-secret-file", "",
         "File whose first line is the secret that is shared with the TURN "
         "servers (static-auth-secret), for sm alone to read: each user gets a "
         "name and a password of his own there."),
    TEXT("sm", "relay-secret", "",
         "The secret itself, instead; every daemon reads it here."),
    INT("sm", "relay-lifetime", "43200", 60, 604800, "seconds",
        "How long such a password is good for."),
    LIST_LIKE(
        "sm", "contact-addresses", "{}", check_contact,
        "\"kind=URI\" with abuse, admin, feedback, sales, security, status or "
        "support as kind",
        "Addresses for people (XEP-0157), "
        "each \"kind=URI\", such as \"abuse=mailto:abuse@example.org\"."),

    /* the directory */
    ONE_OF("directory", "roster", "chain",
           "none|department|chain|subtree|branch",
           "Whose people the members of a department have in their rosters, "
           "unless a property of the department says otherwise: nobody's, "
           "their department's, also those of the departments above it "
           "(chain), below it (subtree) or both (branch)."),
    ONE_OF("directory", "visible-to", "everyone", "everyone|nobody",
           "Who outside of a department may know its people, unless a property "
           "of the department says otherwise."),
    LIST("directory", "search-properties", "{}",
         "Properties of accounts by which people are searched for, and which "
         "a search tells of them; 16 at most."),

    /* what people may do, unless a property says otherwise */
    BOOL("permissions", "chat-outside", "true",
         "Write to people who are in no department above or below one's own."),
    BOOL("permissions", "federate", "true",
         "Communicate with people of other servers."),
    BOOL("permissions", "send-file", "true", "Offer files."),
    BOOL("permissions", "upload", "true",
         "Upload files by HTTP, for who may offer files."),
    BOOL("permissions", "create-room", "true", "Create rooms."),
    BOOL("permissions", "broadcast", "false",
         "Send to whole departments, or to everybody."),
    BOOL("permissions", "search", "true", "Search for people."),
    BOOL("permissions", "register", "true",
         "Change the password, or remove the account, by the client."),

    /* mucd */
    DOMAINS("mucd", "domains", "{}",
            "Domains of the rooms; empty: conference. in "
            "front of each served domain."),
    ONE_OF("mucd", "create", "local", "anyone|local|admins",
           "Who may create rooms: anyone, users of the served domains, or "
           "administrators."),
    INT("mucd", "max-rooms-per-user", "100", 0, 1000000, "rooms",
        "Rooms of one process that a user may own when he creates another; 0: "
        "no limit."),
    INT("mucd", "max-rooms", "100000", 0, 10000000, "rooms",
        "Rooms of one process, beyond which administrators alone create more; "
        "0: no limit."),
    INT("mucd", "max-occupants", "5000", 0, 1000000, "resources",
        "Resources in one room, whatever its owner allows; 0: no limit."),
    INT("mucd", "max-resources", "20", 0, 1000000, "resources",
        "Resources of one user in one room; 0: no limit."),
    INT("mucd", "max-affiliations", "10000", 0, 1000000, "users",
        "Users whom one room knows by an affiliation: members and banned ones "
        "above all; 0: no limit. What the directory says of a department's "
        "room is not limited."),
    INT("mucd", "message-rate", "20", 0, 1000, "messages per second",
        "Messages and changes of presence of one occupant, moderators "
        "excepted; "
        "0: no limit."),
    INT("mucd", "join-rate", "10", 0, 1000, "joins per second",
        "Joins of one user, of which he may make those of ten seconds at once; "
        "0: no limit."),
    INT("mucd", "query-rate", "100", 0, 10000, "queries per second",
        "Queries of one user to rooms and through them, of which he may make "
        "those of ten seconds at once; 0: no limit."),
    INT("mucd", "invite-rate", "20", 0, 10000, "invitations per minute",
        "Invitations, and refusals of such, that one user sends through rooms; "
        "0: no limit."),
    INT("mucd", "voice-request-rate", "3", 0, 10000, "requests per minute",
        "How often one user may ask moderators for voice, or administrators "
        "for membership; 0: no limit."),
    INT("mucd", "max-nick-size", "256", 1, 1023, "bytes",
        "Size of a nickname."),
    INT("mucd", "max-presence-size", "16384", 1024, 1 << 20, "bytes",
        "Size of the presence that a room shows of an occupant."),
    INT("mucd", "max-text-size", "4096", 64, 65536, "bytes",
        "Size of a subject, and of the reason for an affiliation."),
    INT("mucd", "max-vcard-size", "131072", 1024, 1 << 20, "bytes",
        "Size of a room's vCard."),
    INT("mucd", "max-hats", "20", 0, 1000, "hats",
        "Hats (XEP-0317) of one room."),
    INT("mucd", "max-hat-wearers", "500", 0, 100000, "users",
        "Users who wear one hat of a room."),
    INT("mucd", "history", "20", 0, 250, "messages",
        "What who enters gets to read, unless the room's owner or his client "
        "says otherwise."),
    INT("mucd", "max-history-size", "1048576", 4096, GIB, "bytes",
        "What of a room's messages is kept in memory for who enters."),
    INT("mucd", "max-listed", "500", 1, 100000, "rooms",
        "Rooms in one answer to a query for them."),
    INT("mucd", "max-archive-page", "100", 1, 1000, "messages",
        "Messages in one page of a room's archive."),
    INT("mucd", "max-held-size", "67108864", 65536, GIB, "bytes",
        "What the rooms of one process may hold back until the database has "
        "committed it; beyond it stanzas are refused with "
        "resource-constraint."),
    INT("mucd", "max-archive-queries", "32", 0, 100000, "queries",
        "Queries for archives of rooms under way in one process; more are "
        "asked to wait; 0: no limit."),
    INT("mucd", "ping-after", "900", 0, 86400, "seconds",
        "An occupant who is silent for so long is asked whether he is still "
        "there; 0: never."),
    INT("mucd", "ping-timeout", "60", 1, 3600, "seconds",
        "How long he may take to answer."),
    BOOL("mucd", "legacy-join", "true",
         "Presence of somebody who is not in the room and does not speak of "
         "multi-user chat enters it, as in groupchat 1.0."),

    /* compd */
    LIST("compd", "listen", "{\"127.0.0.1\"}", "Addresses to listen on."),
    INT("compd", "port", "5347", 0, 65535, "", "Port for components."),
    INT("compd", "max-stanza-size", "1048576", 10000, 1 << 20, "bytes",
        "Size of one stanza of a component."),
    INT("compd", "handshake-timeout", "30", 1, 3600, "seconds",
        "Time for the handshake."),
    INT("compd", "max-connections", "1024", 1, 100000, "connections",
        "Connections at once, before and after the handshake."),
    INT("compd", "max-send-buffer", "67108864", 65536, GIB, "bytes",
        "What may wait for a component that does not read; past it its stream "
        "ends and what it did not get is returned."),
    INT("compd", "room-timeout", "30", 0, 3600, "seconds",
        "How long what is for rooms waits for a mucd that is gone; it is then "
        "returned with remote-server-timeout; 0: until it is back."),
    /* s2sd */
    LIST("s2sd", "listen", "{\"0.0.0.0\", \"::\"}", "Addresses to listen on."),
    INT("s2sd", "port", "5269", 0, 65535, "",
        "Port for other servers, with STARTTLS; 0: none."),
    INT("s2sd", "tls-port", "5270", 0, 65535, "",
        "The same with direct TLS (XEP-0368); 0: none."),
    TEXT("s2sd", "certificate", "",
         "PEM chain for domains without their own "
         "(section certificate); empty means tls/cert.pem of the suite."),
    TEXT("s2sd", "key", "",
         "PEM private key of it; empty means tls/key.pem of "
         "the suite."),
    TEXT("s2sd", "ca", "",
         "PEM file of the authorities that other servers' "
         "certificates are judged by; empty: those of the system."),
    TEXT("s2sd", "dialback-key", "",
         "File with 32 bytes from which keys of "
         "dialback are made (XEP-0185), the same for all s2sd; empty: random "
         "at each start, for one process."),
    LIST_LIKE(
        "s2sd", "connect", "{}", check_connect,
        "\"DOMAIN=HOST:PORT\" or \"DOMAIN=tls:HOST:PORT\"",
        "Where the server of a domain is reached instead of asking DNS, each "
        "\"DOMAIN=HOST:PORT\", or \"DOMAIN=tls:HOST:PORT\" with direct TLS. "
        "On the command line: --set s2sd.connect.DOMAIN=HOST:PORT."),
    LIST("s2sd", "name-servers", "{}",
         "DNS servers, each \"ADDRESS\" or "
         "\"ADDRESS:PORT\"; empty: those of /etc/resolv.conf."),
    LIST_LIKE("s2sd", "refused-networks",
              "{\"0.0.0.0/8\", \"127.0.0.0/8\", \"169.254.0.0/16\", "
              "\"224.0.0.0/3\", \"::/96\", \"fe80::/10\", \"ff00::/8\"}",
              check_network, "\"ADDRESS/BITS\"",
              "Addresses that are not called though DNS names them: anybody may "
              "claim a domain, and have its records name services of this host. "
              "Places of s2sd.connect are called all the same."),
    BOOL("s2sd", "require-tls", "true", "Talk to no server without TLS."),
    BOOL("s2sd", "require-certificate", "false",
         "Talk to no server whose certificate is not valid for its domain."),
    BOOL("s2sd", "dialback", "true",
         "Believe a server without such a certificate after calling back "
         "(XEP-0220)."),
    DOMAINS("s2sd", "plain-domains", "{}",
            "Domains that may do without TLS, whatever s2sd.require-tls says."),
    DOMAINS("s2sd", "certificate-domains", "{}",
            "Domains that need a valid certificate, whatever "
            "s2sd.require-certificate says."),
    DOMAINS("s2sd", "blocked", "{}", "Domains that are not talked to."),
    DOMAINS("s2sd", "allowed", "{}",
            "The only domains that are talked to; empty: all."),
    INT("s2sd", "max-stanza-size", "262144", 10000, 1 << 20, "bytes",
        "Size of one stanza of another server."),
    INT("s2sd", "pre-auth-stanza-size", "10240", 10000, 1 << 20, "bytes",
        "Size of one element before a domain is verified."),
    INT("s2sd", "pre-auth-bytes", "65536", 0, GIB, "bytes",
        "What a connection may send before that; 0: no limit."),
    INT("s2sd", "pre-auth-timeout", "30", 1, 3600, "seconds",
        "Time until a domain is verified on a connection that came in."),
    INT("s2sd", "max-connections-per-address", "100", 0, 1000000, "connections",
        "Connections from one IP address, or one network of IPv6 (64 bits); 0: "
        "no limit."),
    INT("s2sd", "max-claims", "200", 0, 1000000, "claims",
        "Domains that connections from there claim at once, and whose servers "
        "we have to ask; 0: no limit."),
    INT("s2sd", "claim-rate", "50", 0, 1000000, "claims per second",
        "The same in one second; 0: no limit."),
    INT("s2sd", "max-domain-pairs", "100", 1, 100000, "pairs",
        "Pairs of domains on one stream."),
    INT("s2sd", "max-domains", "100000", 2, 10000000, "domains",
        "Other domains that are remembered at once; half of them may be such "
        "that strangers have named."),
    INT("s2sd", "max-questions", "100", 1, 100000, "questions",
        "Keys that one other domain is asked about at once."),
    INT("s2sd", "stanza-rate", "0", 0, 1000000, "stanzas per second",
        "Stanzas of one connection; 0: no limit. A faster server is slowed "
        "down, not cut off."),
    INT("s2sd", "connect-timeout", "30", 1, 3600, "seconds",
        "Time until a server is connected and has verified us; what waits for "
        "it is then returned with remote-server-timeout."),
    INT("s2sd", "dialback-timeout", "20", 1, 3600, "seconds",
        "How long the answer of the server that is called back may take."),
    INT("s2sd", "retry-delay", "5", 0, 3600, "seconds",
        "Time after a failure in which a domain is not tried again; doubled "
        "with each further one, up to s2sd.max-retry-delay."),
    INT("s2sd", "max-retry-delay", "300", 0, 86400, "seconds",
        "Longest such time."),
    INT("s2sd", "max-queue", "1048576", 10000, GIB, "bytes",
        "What may wait for a domain that is not connected yet; more is "
        "returned with resource-constraint."),
    INT("s2sd", "max-send-buffer", "33554432", 65536, GIB, "bytes",
        "What may wait for a server that does not read; past it the stream "
        "ends and what it did not get is returned."),
    INT("s2sd", "ack-timeout", "60", 1, 3600, "seconds",
        "How long a server may take to read, or to acknowledge (XEP-0198), "
        "before its stream ends."),
    INT("s2sd", "resume-timeout", "60", 0, 3600, "seconds",
        "How long a stream that has lost its connection may be resumed "
        "(XEP-0198); what it had sent waits so long, and is then returned; 0: "
        "not at all."),
    INT("s2sd", "room-timeout", "30", 0, 3600, "seconds",
        "How long what is for rooms waits for a mucd that is gone; it is then "
        "returned with remote-server-timeout; 0: until it is back."),
    INT("s2sd", "drain-timeout", "5", 0, 60, "seconds",
        "How long an s2sd that is asked to stop waits for acknowledgements of "
        "what is under way."),
    INT("s2sd", "idle-timeout", "600", 0, 604800, "seconds",
        "A stream without a stanza for so long is closed; 0: never."),

    /* proxy65d */
    DOMAINS("proxy65d", "domains", "{}",
            "Domains of the proxy; empty: proxy. in "
            "front of each served domain."),
    LIST("proxy65d", "listen", "{\"0.0.0.0\", \"::\"}",
         "Addresses to listen on."),
    INT("proxy65d", "port", "5277", 1, 65535, "",
        "Port of the SOCKS5 connections, and of datagrams."),
    LIST("proxy65d", "advertise", "{}",
         "Hosts that clients are told to connect "
         "to; empty: the addresses listened on, or the first served domain."),
    INT("proxy65d", "advertised-port", "0", 0, 65535, "",
        "Port that clients are told, when another one is forwarded here; 0: "
        "the "
        "same."),
    BOOL("proxy65d", "local", "true",
         "Users of the served domains may relay through the proxy."),
    DOMAINS("proxy65d", "access", "{}", "Other domains whose users may."),
    INT("proxy65d", "max-streams", "2000", 0, 1000000, "bytestreams",
        "Active at once, of all users; 0: no limit."),
    INT("proxy65d", "max-streams-per-user", "10", 0, 1000000, "bytestreams",
        "Active at once that one user has started, in each process; 0: no "
        "limit."),
    INT("proxy65d", "bandwidth", "0", 0, 1024 * GIB, "bytes per second",
        "Of all bytestreams together; 0: no limit."),
    INT("proxy65d", "user-bandwidth", "0", 0, 1024 * GIB, "bytes per second",
        "Of the bytestreams that one user has started, in each process; 0: no "
        "limit."),
    INT("proxy65d", "idle-timeout", "300", 0, 86400, "seconds",
        "An active bytestream without a byte for so long is ended; 0: never."),
    INT("proxy65d", "activation-timeout", "60", 1, 3600, "seconds",
        "How long a connection may wait for its activation."),
    INT("proxy65d", "max-pending-per-address", "100", 0, 1000000, "connections",
        "Connections of one address that wait for it; 0: no limit."),
    BOOL("proxy65d", "splice", "true",
         "Relay inside of the kernel, by splice(2)."),
    BOOL("proxy65d", "udp", "false",
         "Also relay datagrams (XEP-0065 §8). Takes effect at the next start."),

    /* webd */
    DOMAINS("webd", "domains", "{}",
            "Domains of the upload service (XEP-0363); empty: upload. in front "
            "of each served domain."),
    LIST("webd", "listen", "{\"0.0.0.0\", \"::\"}",
         "Addresses to listen on with HTTPS."),
    INT("webd", "port", "5282", 0, 65535, "",
        "Port of HTTPS; 0: none. The certificates are those of c2sd."),
    LIST("webd", "http-listen", "{\"127.0.0.1\"}",
         "Addresses to listen on without TLS, for a reverse proxy on this "
         "host."),
    INT("webd", "http-port", "0", 0, 65535, "", "Port of HTTP; 0: none."),
    LIST("webd", "metrics-listen", "{\"127.0.0.1\"}",
         "Addresses at which /metrics is answered."),
    INT("webd", "metrics-port", "0", 0, 65535, "",
        "Port of /metrics, every daemon's counters for Prometheus, without TLS; "
        "0: none."),
    LIST("webd", "api-listen", "{\"127.0.0.1\"}",
         "Addresses at which administration by programs is answered."),
    INT("webd", "api-port", "0", 0, 65535, "",
        "Port of it (docs/api.md); 0: none."),
    BOOL("webd", "api-tls", "false",
         "TLS at webd.api-port, with the certificates of c2sd; without it only "
         "addresses of this host are listened on."),
    LIKE("webd", "url", "", check_https_url, "https://HOST[:PORT]",
         "What clients are told before the path of a file, where a proxy stands "
         "in front; empty: the user's domain and webd.port."),
    TEXT("webd", "folder", "",
         "Folder of the uploaded files; empty: that of the suite, or systemd's "
         "state directory."),
    INT("webd", "max-file-size", "104857600", 0, 1024 * GIB, "bytes",
        "Of one file, where no property max-upload-size says otherwise; 0: no "
        "limit."),
    INT("webd", "user-quota", "2147483648", 0, 1024 * GIB, "bytes",
        "Files of one user that are kept at once; 0: no limit."),
    INT("webd", "user-daily-quota", "1073741824", 0, 1024 * GIB, "bytes",
        "What one user may upload in a day; 0: no limit."),
    INT("webd", "total-quota", "53687091200", 0, 1024 * 1024 * GIB, "bytes",
        "All files together; 0: no limit."),
    INT("webd", "slots-per-minute", "30", 0, 100000, "slots",
        "Uploads that one user may ask for in a minute; 0: no limit."),
    INT("webd", "slot-timeout", "300", 1, 86400, "seconds",
        "How long an upload may be begun after it was asked for."),
    INT("webd", "file-lifetime", "2678400", 0, 315360000, "seconds",
        "After that a file is deleted; 0: never."),
    INT("webd", "profile-lifetime", "0", 0, 315360000, "seconds",
        "The same of a file that was uploaded as part of a profile."),
    INT("webd", "profile-max-size", "1048576", 0, 1024 * GIB, "bytes",
        "Of a file that is part of a profile; 0: as other files."),
    LIST_OF("webd", "purposes", "{\"message\", \"profile\", \"ephemeral\"}",
            "message|profile|ephemeral|permanent",
            "What files may be uploaded for (XEP-0363, Upload purpose); those "
            "that are permanent are never deleted."),
    INT("webd", "max-connections", "1000", 1, 1000000, "connections",
        "HTTP connections at once."),
    INT("webd", "max-connections-per-address", "50", 0, 1000000, "connections",
        "The same of one IP address, or one network of IPv6 (64 bits); those "
        "without TLS are not counted. 0: no limit."),
    INT("webd", "request-timeout", "20", 1, 3600, "seconds",
        "How long the head of a request may take, and how long a connection may "
        "be idle."),
    INT("webd", "min-rate", "2000", 0, GIB, "bytes per second",
        "A transfer that is slower than that, from its beginning to its end, is "
        "broken off; it has webd.request-timeout in addition. 0: none is."),
    LIKE("webd", "scanner", "", check_socket_path, "/PATH",
         "Unix socket of clamd, or of whatever else speaks its INSTREAM: every "
         "file passes it before it is served. Empty: none."),
    ONE_OF("webd", "scanner-fails", "refuse", "refuse|pass",
           "What becomes of a file when the scanner gives no answer."),
    INT("webd", "scanner-timeout", "60", 1, 3600, "seconds",
        "How long it may take for one file."),

    TEXT("component", "secret-file", "",
         "File whose first line is the secret, for compd alone to read, instead "
         "of a secret in the configuration, which every daemon reads."),
    TEXT("component", "secret", "",
         "Shared secret of the component that is "
         "named by the section's title: component \"sms.example.org\" { secret "
         "= \"…\" }."),
};
const size_t option_row_count = COUNT_OF(option_rows);
