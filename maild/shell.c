#include "shell.h"

#include <stdlib.h>
#include <utlist.h>

#include "command.h"
#include "common/log/log.h"
#include "common/mail/mail.h"

static const struct xml_limits limits = {
    .max_stanza = 65536, .max_depth = 8, .max_attrs = 16, .max_token = 65536};

bool shell_check(const struct config *config, struct error *error)
{
    size_t count = config_list_count(config, "maild.command");
    struct str from = config_str(config, "maild.from");

    if (count > MAX_ARGUMENTS)
        return error_set(error, "maild.command: expected at most %u words",
                         MAX_ARGUMENTS);
    if (count > 0 &&
        !str_starts(config_list_item(config, "maild.command", 0), STR("/")))
        return error_set(error, "maild.command: expected the whole path of a "
                                "program, such as /usr/sbin/sendmail");
    return from.len == 0 || mail_is_address(from) ||
           error_set(error, "maild.from: expected an e-mail address");
}

/* --- letters -------------------------------------------------------------- */

static void job_free(struct job *job)
{
    if (job->seq != 0)
        channel_discharge(job->channel, job->seq);
    arena_clear(&job->arena);
    buf_clear(&job->text);
    free(job);
}

static void go_on(struct maild *maild);

static void on_ended(struct job *job)
{
    struct maild *maild = job->maild;

    if (job->fault) {
        maild->failed++;
        log_event(LOG_LEVEL_ERROR, "letter-failed",
                  LOG_STR("jid", job->letter.jid),
                  LOG_TEXT("reason", job->fault));
    } else {
        maild->sent++;
        log_event(LOG_LEVEL_INFO, "letter-sent",
                  LOG_STR("jid", job->letter.jid));
    }
    DL_DELETE(maild->running, job);
    maild->running_count--;
    job_free(job);
    go_on(maild);
}

static void drop(struct job *job, const char *reason)
{
    job->maild->dropped++;
    log_event(LOG_LEVEL_WARN, "letter-dropped", LOG_STR("jid", job->letter.jid),
              LOG_TEXT("reason", reason));
    job_free(job);
}

/* Why it is not worth sending; NULL: it is. */
static const char *fault_of(const struct job *job)
{
    const struct config *config = job->maild->daemon.config;
    struct error error;

    if (job->letter.expires_ms <= clock_unix_ms())
        return "expired";
    if (config_list_count(config, "maild.command") == 0)
        return "no-command";
    /* What a reload has brought has been complained of, and is not run. */
    return shell_check(config, &error) ? NULL : "bad-command";
}

/* Starts as many commands as may run. */
static void go_on(struct maild *maild)
{
    int64_t most = config_int(maild->daemon.config, "maild.max-commands");

    while (maild->waiting && (int64_t)maild->running_count < most) {
        struct job *job = maild->waiting;
        const char *fault = fault_of(job);

        DL_DELETE(maild->waiting, job);
        maild->waiting_count--;
        if (fault) {
            drop(job, fault);
            continue;
        }
        DL_APPEND(maild->running, job);
        maild->running_count++;
        command_start(job, on_ended);
    }
}

/* --- events of the link --------------------------------------------------- */

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct maild *maild = ctx;
    struct job *job = NEW(struct job);
    int64_t most = config_int(maild->daemon.config, "maild.max-waiting");
    const struct xml *element;

    job->maild = maild;
    job->channel = channel;
    job->seq = frame->seq;
    element = xml_parse(maild->parser, &job->arena, frame->body);
    if (address_parse(channel_remote(channel), NULL) != ADDRESS_AUTH ||
        !element || !letter_read(&job->letter, &job->arena, element)) {
        log_event(LOG_LEVEL_WARN, "bad-frame",
                  LOG_STR("from", channel_remote(channel)));
        job_free(job);
    } else if ((int64_t)maild->waiting_count >= most) {
        drop(job, "too-many");
    } else {
        DL_APPEND(maild->waiting, job);
        maild->waiting_count++;
        go_on(maild);
    }
}

/* What the peer's predecessor sent is nobody's to discharge. */
static void on_peer_restarted(void *ctx, struct channel *channel)
{
    struct maild *maild = ctx;
    struct job *job;

    DL_FOREACH(maild->waiting, job)
    if (job->channel == channel)
        job->seq = 0;
    DL_FOREACH(maild->running, job)
    if (job->channel == channel)
        job->seq = 0;
}

static const struct channel_events events = {
    .on_frame = on_frame,
    .on_peer_restarted = on_peer_restarted,
};

/* --- start and end -------------------------------------------------------- */

void shell_start(struct maild *maild)
{
    char address[32];
    const struct node_options options = node_options_of(
        &maild->daemon, maild->counters, COUNT_OF(maild->counters));

    maild->counters[0] = (struct counter){"letters", &maild->sent};
    maild->counters[1] = (struct counter){"failures", &maild->failed};
    maild->counters[2] = (struct counter){"dropped", &maild->dropped};
    maild->parser = xml_parser_new(&limits);
    maild->node = node_new(maild->daemon.loop, &options, &events, maild);
    channels_bind(
        node_channels(maild->node),
        address_write(address, ADDRESS_MAIL, maild->daemon.options.instance),
        clock_epoch());
}

void shell_stop(struct maild *maild)
{
    struct job *job, *next;

    DL_FOREACH(maild->running, job)
    {
        job->seq = 0;
        command_kill(job, "stopped");
    }
    DL_FOREACH_SAFE(maild->waiting, job, next)
    {
        DL_DELETE(maild->waiting, job);
        job->seq = 0;
        job_free(job);
    }
    xml_parser_free(maild->parser);
    node_free(maild->node);
}
