#include "shell.h"
#include "request.h"
#include "shell_store.h"
#include "work.h"

#include <stdio.h>
#include <stdlib.h>

#define TICK_MS 1000
#define DB_ROLE "posthouse_auth"

/* --- effects of the core -------------------------------------------------- */

static void send_element(void *ctx, void *peer, uint64_t sid, struct str body)
{
    const struct frame frame = {.sid = sid, .body = body};

    (void)ctx;
    channel_send(peer, &frame, NULL);
}

static void discharge(void *ctx, void *peer, uint64_t seq)
{
    (void)ctx;
    channel_discharge(peer, seq);
}

static bool post_letter(void *ctx, struct str body)
{
    struct shell *shell = ctx;
    const struct frame frame = {.body = body};
    struct channel *channel = channels_get(
        node_channels(shell->node), str_of(shell->address), STR("mail/0"));

    if (channel_is_full(channel))
        return false;
    channel_send(channel, &frame, NULL);
    return true;
}

static void reply(void *ctx, struct str to, uint64_t sid, struct str body)
{
    struct shell *shell = ctx;
    const struct frame frame = {.sid = sid, .body = body};

    channels_send_datagram(node_channels(shell->node), str_of(shell->address),
                           to, &frame);
}

/* A job on libuv's thread pool. */
struct job {
    uv_work_t uv;
    struct shell *shell;
    struct request *request;
    struct work *work;
};

/* The wall clock is told at once, the other one returned. */
static int64_t tell_time(struct shell *shell)
{
    shell->authd.unix_ms = clock_unix_ms();
    return (int64_t)clock_monotonic_ms();
}

static void run_job(uv_work_t *uv)
{
    struct job *job = uv->data;

    work_run(job->work);
}

static void on_job_done(uv_work_t *uv, int status)
{
    struct job *job = uv->data;

    (void)status; /* jobs are never cancelled */
    if (!job->shell->stopping)
        authd_worked(job->request, tell_time(job->shell));
    free(job);
}

static void start_job(void *ctx, struct request *request, struct work *work)
{
    struct shell *shell = ctx;
    struct job *job = NEW(struct job);

    job->shell = shell;
    job->request = request;
    job->work = work;
    job->uv.data = job;
    if (uv_queue_work(shell->daemon.loop, &job->uv, run_job, on_job_done) != 0)
        abort();
}

static bool ask_elsewhere(void *ctx, struct request *request,
                          struct str username, struct str password)
{
    struct shell *shell = ctx;

    return ldap_workers_ask(&shell->ldap, username, password, request);
}

static void on_answer(void *of, enum ldap_verdict verdict)
{
    struct request *request = of;

    authd_asked_elsewhere(request, verdict, tell_time(request->authd->ctx));
}

static const struct authd_effects effects = {
    .send = send_element,
    .discharge = discharge,
    .post = post_letter,
    .reply = reply,
    .work = start_job,
    .ask_elsewhere = ask_elsewhere,
};

/* --- events of the link --------------------------------------------------- */

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct shell *shell = ctx;

    authd_frame(&shell->authd, channel, channel_remote(channel), frame,
                tell_time(shell));
}

static void on_datagram(void *ctx, const struct frame *frame)
{
    struct shell *shell = ctx;

    authd_datagram(&shell->authd, frame->from, frame, tell_time(shell));
}

static void on_peer_restarted(void *ctx, struct channel *channel)
{
    struct shell *shell = ctx;

    authd_peer_gone(&shell->authd, channel);
    channel_give_up(channel); /* answers to questions that it has forgotten */
}

static const struct channel_events events = {
    .on_frame = on_frame,
    .on_datagram = on_datagram,
    .on_peer_restarted = on_peer_restarted,
};

static void on_tick(uv_timer_t *timer)
{
    struct shell *shell = timer->data;

    authd_tick(&shell->authd, tell_time(shell));
}

/* --- start and end -------------------------------------------------------- */

static void start_node(struct shell *shell)
{
    const struct authd *authd = &shell->authd;
    const struct node_options options = node_options_of(
        &shell->daemon, shell->counters, COUNT_OF(shell->counters));

    shell->counters[0] = (struct counter){"logins", &authd->logins};
    shell->counters[1] = (struct counter){"login-failures", &authd->failures};
    shell->counters[2] = (struct counter){"registrations", &authd->registered};
    shell->counters[3] = (struct counter){"removals", &authd->removed};
    shell->counters[4] = (struct counter){"codes", &authd->codes};
    shell->counters[5] = (struct counter){"recoveries", &authd->recovered};
    shell->node = node_new(shell->daemon.loop, &options, &events, shell);
    channels_bind(node_channels(shell->node),
                  address_write(shell->address, ADDRESS_AUTH,
                                shell->daemon.options.instance),
                  clock_epoch());
}

static struct store *start_store(const struct shell *shell)
{
    struct arena arena = {0};
    struct store *store = store_open(
        shell->daemon.loop, daemon_conninfo(&shell->daemon, &arena, DB_ROLE));

    arena_clear(&arena);
    return store;
}

void shell_start(struct shell *shell)
{
    struct authd *authd = &shell->authd;

    authd->config = shell->daemon.config;
    authd->effects = &effects;
    authd->ctx = shell;
    authd->now_ms = tell_time(shell);
    authd->store = start_store(shell);
    authd_init(authd);
    start_node(shell);
    ldap_workers_start(&shell->ldap, shell->daemon.loop, on_answer);
    uv_timer_init(shell->daemon.loop, &shell->timer);
    shell->timer.data = shell;
    uv_timer_start(&shell->timer, on_tick, TICK_MS, TICK_MS);
}

void shell_reload(struct shell *shell)
{
    shell->authd.config = shell->daemon.config;
}

/* Jobs that still run write into their requests, which are therefore left to
 * the end of the process. */
void shell_stop(struct shell *shell)
{
    shell->stopping = true;
    uv_close((uv_handle_t *)&shell->timer, NULL);
    ldap_workers_stop(&shell->ldap);
    store_close(shell->authd.store);
    if (shell->authd.working == 0)
        authd_clear(&shell->authd);
    node_free(shell->node);
}
