/*
 * jobs.c - the side of workers that keeps the books; see jobs.h.
 *
 * Layer: core, part of convert. Workers take ordinals of folders from one pipe, whoever is free the next one, up
 * to WINDOW ahead of the folder that is taken over; each tells by a pipe of its own which one it has and how that
 * ended. The pipe of a worker that died ends too. What it had not told of is found by nobody having it.
 */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "take.h"

#define WINDOW         128u /* folders; times 8 bytes they fit into a pipe */
#define KEYS_MOST      ((size_t)64 << 20)
#define FRUITLESS_MOST 3u  /* workers in a row that die without having begun a folder */
#define PATIENCE       500 /* milliseconds, until it is asked whether anybody has the folder */

struct worker {
    pid_t pid; /* 0: none */
    int words; /* read from it */
    uint64_t ordinal;
    bool busy; /* with that folder */
};

struct pl_jobs {
    struct worker workers[PL_JOBS_MOST];
    unsigned count;
    int claims[2];
    uint64_t sent; /* the next ordinal to be sent */
    struct pl_job_word words[WINDOW];
    unsigned fruitless;
    int signal;         /* that ended the last one */
    struct pl_buf keys; /* of the folders that workers read, each ended by a NUL */
};

struct pl_job_path pl_job_path(const struct pl_run *run, uint64_t ordinal, const char *end)
{
    struct pl_job_path path;
    snprintf(path.text, sizeof path.text, "%s/" PL_OUTPUT_WORK "/%llu%s", run->options->output,
             (unsigned long long)ordinal, end);
    return path;
}

/* --- workers come and go --------------------------------------------------------------------- */

static void worker_start(struct pl_run *run, struct worker *w)
{
    struct pl_jobs *j = run->jobs;
    int words[2];
    w->pid = 0;
    w->busy = false;
    if (j->fruitless >= FRUITLESS_MOST || pipe2(words, O_CLOEXEC) != 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        close(words[0]);
        close(j->claims[1]);
        pl_worker_run(run, j->claims[0], words[1]);
    }
    close(words[1]);
    if (pid > 0) {
        w->pid = pid;
        w->words = words[0];
    } else {
        close(words[0]);
    }
}

static void word_take(struct pl_jobs *j, uint64_t ordinal, uint32_t state)
{
    struct pl_job_word *slot = &j->words[ordinal % WINDOW];
    if (slot->ordinal == ordinal)
        slot->state = state;
}

/* Its pipe has ended. */
static void worker_ended(struct pl_run *run, struct worker *w)
{
    struct pl_jobs *j = run->jobs;
    int status = 0;
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(w->words);
    bool died = WIFSIGNALED(status);
    j->fruitless = w->busy ? 0 : j->fruitless + 1;
    j->signal = died ? WTERMSIG(status) : 0;
    if (w->busy)
        word_take(j, w->ordinal, died ? PL_JOB_DIED : PL_JOB_NOT);
    w->pid = 0;
    if (died)
        worker_start(run, w);
}

static void worker_hear(struct pl_run *run, struct worker *w)
{
    struct pl_job_word word;
    ssize_t n = read(w->words, &word, sizeof word);
    if (n < 0 && errno == EINTR)
        return;
    if (n != (ssize_t)sizeof word) {
        worker_ended(run, w);
        return;
    }
    w->busy = word.state == PL_JOB_CLAIMED;
    w->ordinal = word.ordinal;
    run->jobs->fruitless = 0;
    bool known = word.state == PL_JOB_CLAIMED || word.state == PL_JOB_DONE || word.state == PL_JOB_HURT;
    word_take(run->jobs, word.ordinal, known ? word.state : PL_JOB_NOT);
}

static bool jobs_start(struct pl_run *run)
{
    struct pl_jobs *j = calloc(1, sizeof *j);
    char work[PL_JOBS_PATH];
    if (!j)
        return false;
    j->count = pl_run_workers(run) < PL_JOBS_MOST ? pl_run_workers(run) : PL_JOBS_MOST;
    j->sent = run->at.folders - 1;
    j->claims[0] = j->claims[1] = -1;
    pl_buf_init(&j->keys, KEYS_MOST);
    run->jobs = j;
    int n = snprintf(work, sizeof work, "%s/" PL_OUTPUT_WORK, run->options->output);
    if (n < 0 || (size_t)n + 32 > sizeof work || mkdir(work, 0700) != 0 || pipe2(j->claims, O_CLOEXEC) != 0 ||
        pl_take_people_out(run, pl_job_path(run, 0, PL_JOB_PEOPLE).text) != PL_OK)
        j->count = 0;
    for (unsigned i = 0; i < j->count; i++)
        worker_start(run, &j->workers[i]);
    return true;
}

static void workers_end(struct pl_jobs *j)
{
    for (unsigned i = 0; i < j->count; i++)
        if (j->workers[i].pid > 0) {
            kill(j->workers[i].pid, SIGKILL);
            while (waitpid(j->workers[i].pid, NULL, 0) < 0 && errno == EINTR)
                ;
            close(j->workers[i].words);
        }
    j->count = 0;
}

void pl_jobs_end(struct pl_run *run)
{
    struct pl_jobs *j = run->jobs;
    if (!j)
        return;
    workers_end(j);
    for (size_t i = 0; i < 2; i++)
        if (j->claims[i] >= 0)
            close(j->claims[i]);
    pl_output_work_clear(run->output);
    pl_buf_release(&j->keys);
    free(j);
    run->jobs = NULL;
}

/* --- one folder --------------------------------------------------------------------------------- */

static void claims_send(struct pl_jobs *j, uint64_t ordinal)
{
    if (j->sent < ordinal)
        j->sent = ordinal;
    for (; j->sent < ordinal + WINDOW; j->sent++) {
        j->words[j->sent % WINDOW] = (struct pl_job_word){.ordinal = j->sent};
        if (write(j->claims[1], &j->sent, sizeof j->sent) != (ssize_t)sizeof j->sent)
            return;
    }
}

/* Hears what workers say. false: there are none, or they have said nothing for a while. */
static bool jobs_hear(struct pl_run *run)
{
    struct pl_jobs *j = run->jobs;
    struct pollfd list[PL_JOBS_MOST] = {0};
    struct worker *of[PL_JOBS_MOST];
    unsigned n = 0;
    for (unsigned i = 0; i < j->count; i++)
        if (j->workers[i].pid > 0) {
            of[n] = &j->workers[i];
            list[n++] = (struct pollfd){.fd = j->workers[i].words, .events = POLLIN};
        }
    int ready = n ? poll(list, n, PATIENCE) : 0;
    for (unsigned i = 0; i < n && ready > 0; i++)
        if (list[i].revents)
            worker_hear(run, of[i]);
    return n && (ready > 0 || (ready < 0 && errno == EINTR));
}

static bool anybody_lives(const struct pl_jobs *j)
{
    bool any = false;
    for (unsigned i = 0; i < j->count; i++)
        any = any || j->workers[i].pid > 0;
    return any;
}

static bool interrupted(const struct pl_run *run)
{
    return run->options->interrupted && *run->options->interrupted;
}

/* PL_JOB_DONE, _NOT or _DIED; PL_JOB_UNKNOWN: the run is interrupted. */
static uint32_t folder_await(struct pl_run *run, uint64_t ordinal)
{
    struct pl_jobs *j = run->jobs;
    const struct pl_job_word *word = &j->words[ordinal % WINDOW];
    while (word->state == PL_JOB_UNKNOWN || word->state == PL_JOB_CLAIMED) {
        int waiting = 0;
        if (interrupted(run))
            return PL_JOB_UNKNOWN;
        if (jobs_hear(run))
            continue;
        if (!anybody_lives(j))
            return PL_JOB_NOT;
        if (word->state == PL_JOB_UNKNOWN && ioctl(j->claims[0], FIONREAD, &waiting) == 0 && !waiting)
            return PL_JOB_NOT; /* a worker took it, and died before it could say so */
    }
    return word->state;
}

static bool wants_nothing(void *data, const char *message_class, bool associated)
{
    (void)data;
    (void)message_class;
    (void)associated;
    return false;
}

/* Goes on alone, with a reader that has seen the folders that workers read. What it meets there they met. */
static void go_on_alone(struct pl_run *run)
{
    struct pl_jobs *j = run->jobs;
    const struct pl_report report = run->report;
    const struct pl_wanted wanted = {.wants = wants_nothing};
    const char *key = j->keys.data, *end = key ? key + j->keys.size : NULL;
    struct pl_item item;
    workers_end(j);
    run->asleep = true;
    for (; key < end && !interrupted(run); key += strlen(key) + 1) {
        enum pl_status st = pl_session_open_folder(&run->session, key);
        while (st > PL_STOP && st != PL_END && !interrupted(run))
            st = pl_session_next_item(&run->session, &wanted, &item);
    }
    run->asleep = false;
    run->report = report;
    pl_buf_clear(&j->keys);
}

static bool folder_take(struct pl_run *run, const struct pl_folder *folder, uint64_t ordinal, uint64_t *seen,
                        enum pl_status *status)
{
    pl_buf_add(&run->jobs->keys, folder->key, strlen(folder->key) + 1);
    if (!pl_take_folder(run, ordinal, seen, status))
        return false;
    if (run->jobs->keys.failed)
        *status = pl_report(&run->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    return true;
}

bool pl_jobs_take(struct pl_run *run, const struct pl_folder *folder, uint64_t *seen, enum pl_status *status)
{
    uint64_t ordinal = run->at.folders - 1;
    if (!pl_run_workers(run) || (!run->jobs && (run->hurt || !jobs_start(run))) || !anybody_lives(run->jobs))
        return false;
    if (run->hurt) {
        go_on_alone(run);
        return false;
    }
    claims_send(run->jobs, ordinal);
    switch (folder_await(run, ordinal)) {
    case PL_JOB_DONE: return folder_take(run, folder, ordinal, seen, status);
    case PL_JOB_HURT: go_on_alone(run); return false;
    case PL_JOB_DIED:
        *status = pl_report(&run->report, PL_LOST, "worker.died", folder->key, folder->offset,
                            "the process that read this folder was ended by signal %d: its items are not converted",
                            run->jobs->signal);
        return true;
    case PL_JOB_UNKNOWN: *status = PL_END; return true;
    default: return false;
    }
}
