/*
 * jobs.c - the side of workers that keeps the books; see jobs.h.
 *
 * Layer: core, part of convert. The survey sends packets of folders through one pipe, whoever is free takes the
 * next one, up to WINDOW folders ahead of the one that is taken over; each process tells by a pipe of its own what
 * became of a folder. The pipe of one that died ends too. What a worker took and had not told of is found by nobody
 * having it.
 */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "claim.h"
#include "spool.h"
#include "take.h"

#define WINDOW         1024u /* folders */
#define PLACES         (WINDOW * PL_JOBS_PARTS)
#define PART_ITEMS     768u /* that a part has at least */
#define FOLDERS_ASKED  256u
#define PACKETS_ROOM   (64 * PL_CLAIM_SIZE)
#define KEYS_MOST      ((size_t)64 << 20)
#define FRUITLESS_MOST 3u  /* workers in a row that end without having begun a folder */
#define PATIENCE       500 /* milliseconds, until it is asked whether anybody has the folder */
#define HOLE_DUE       ((uint64_t)1 << 20)

struct worker {
    pid_t pid; /* 0: none */
    int words; /* read from it */
    /* where it and those that take its place write, one end for them and one for this process */
    int spool;
    FILE *spooled;
    uint64_t taken; /* bytes of it that the disk has back */
    char buffer[PL_SPOOL_BUFFER];
};

struct folder_state {
    struct pl_job_word word;
    struct worker *by; /* who said so, or NULL */
};

struct pl_jobs {
    struct worker workers[PL_JOBS_MOST];
    unsigned count;
    struct worker survey; /* has no spool */
    int packets[2], grants[2];
    uint64_t limit; /* the survey may offer ordinals below it */
    struct folder_state folders[PLACES];
    bool strangers; /* when the workers were started, nothing was known of people */
    unsigned fruitless;
    int signal;         /* that ended the last one */
    struct pl_buf keys; /* of the folders that workers read, each ended by a NUL */
};

struct pl_job_path pl_job_path(const struct pl_run *run, const char *name)
{
    struct pl_job_path path;
    snprintf(path.text, sizeof path.text, "%s/" PL_OUTPUT_WORK "/%s", run->options->output, name);
    return path;
}

/* --- processes come and go ------------------------------------------------------------------- */

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* fork(), of a process that ends with this one, whenever that is. */
static pid_t job_fork(void)
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) /* it has ended already */
            _exit(1);
    }
    return pid;
}

static void survey_start(struct pl_run *run, const struct pl_folder *folder)
{
    struct pl_jobs *j = run->jobs;
    int words[2];
    if (pipe2(words, O_CLOEXEC) != 0)
        return;
    pid_t pid = job_fork();
    if (pid == 0) {
        close(words[0]);
        close(j->packets[0]);
        close(j->grants[1]);
        pl_survey_run(run, folder, j->grants[0], j->packets[1], words[1]);
    }
    close(words[1]);
    fd_close(&j->packets[1]); /* workers end with the survey */
    j->survey = (struct worker){.pid = pid > 0 ? pid : 0, .words = words[0], .spool = -1};
    if (pid < 0)
        close(words[0]);
}

/* `rest`: the packet that the one before it had begun. */
static void worker_start(struct pl_run *run, struct worker *w, const struct pl_job_rest *rest)
{
    struct pl_jobs *j = run->jobs;
    int words[2];
    w->pid = 0;
    if (j->fruitless >= FRUITLESS_MOST || pipe2(words, O_CLOEXEC) != 0)
        return;
    pid_t pid = job_fork();
    if (pid == 0) {
        close(words[0]);
        pl_worker_run(run,
                      &(struct pl_worker_ends){j->packets[0], w->spool, fileno(w->spooled), words[1], j->strangers},
                      rest);
    }
    close(words[1]);
    if (pid > 0) {
        w->pid = pid;
        w->words = words[0];
    } else {
        close(words[0]);
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-file-leak" /* the worker keeps its spool */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
/* A file that has no name any more, opened twice: who appends and who reads are not at one place. */
static bool spool_make(const struct pl_run *run, struct worker *w)
{
    const struct pl_job_path path = pl_job_path(run, "spool");
    w->spool = open(path.text, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    w->spooled = w->spool < 0 ? NULL : fopen(path.text, "r+e");
    if (w->spooled)
        (void)setvbuf(w->spooled, w->buffer, _IOFBF, sizeof w->buffer); /* else it has a smaller one */
    return w->spool >= 0 && unlink(path.text) == 0 && w->spooled;
}
#pragma GCC diagnostic pop

/* What is known of a folder only gets better. */
static void word_take(struct pl_jobs *j, const struct pl_job_word *word, struct worker *by)
{
    struct folder_state *f = &j->folders[word->place % PLACES];
    if (f->word.place != word->place || word->state <= f->word.state)
        return;
    f->word = *word;
    f->by = by;
}

/* The folders that it had taken and not begun. */
static void taken_drop(struct pl_jobs *j, const struct worker *w)
{
    for (unsigned i = 0; i < PLACES; i++)
        if (j->folders[i].by == w && j->folders[i].word.state == PL_JOB_TAKEN)
            j->folders[i].word.state = PL_JOB_NOT;
}

/* What it had at hand is lost when it died, and read again when it ended by itself. true: there was something.
 * *rest: what it had taken besides. */
static bool claimed_end(struct pl_jobs *j, const struct worker *w, bool died, struct pl_job_rest *rest)
{
    bool busy = false;
    for (unsigned i = 0; i < PLACES; i++) {
        struct pl_job_word *word = &j->folders[i].word;
        if (j->folders[i].by != w)
            continue;
        if (word->state == PL_JOB_TAKEN) {
            rest->at = word->at;
            rest->size = word->size;
        } else if (word->state == PL_JOB_CLAIMED) {
            busy = true;
            rest->from = word->place + 1;
            word->state = died ? PL_JOB_DIED : PL_JOB_NOT;
        }
    }
    return busy;
}

/* Its pipe has ended, or can't be read. */
static void worker_ended(struct pl_run *run, struct worker *w, bool ended)
{
    struct pl_jobs *j = run->jobs;
    struct pl_job_rest rest = {0};
    int status = 0;
    if (!ended) /* it can't be heard any more, but waits for more to do */
        kill(w->pid, SIGKILL);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(w->words);
    w->pid = 0;
    if (w == &j->survey)
        return;
    bool died = WIFSIGNALED(status);
    bool busy = claimed_end(j, w, died, &rest);
    if (!busy) { /* else it could end so again and again */
        rest.size = 0;
        taken_drop(j, w);
    }
    j->fruitless = busy ? 0 : j->fruitless + 1;
    j->signal = died ? WTERMSIG(status) : 0;
    if (!died && WEXITSTATUS(status))
        pl_report(&run->report, PL_OK, "worker.ended", NULL, PL_NO_OFFSET,
                  "a process that read folders ended with status %d: what it had at hand is read again",
                  WEXITSTATUS(status));
    if (died || WEXITSTATUS(status))
        worker_start(run, w, &rest);
    if (!w->pid)
        taken_drop(j, w);
}

static void worker_hear(struct pl_run *run, struct worker *w)
{
    struct pl_jobs *j = run->jobs;
    struct pl_job_word words[PL_JOBS_WORDS];
    ssize_t n = read(w->words, words, sizeof words);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0 || (size_t)n % sizeof *words) {
        worker_ended(run, w, n == 0);
        return;
    }
    for (size_t i = 0; i < (size_t)n / sizeof *words; i++)
        if (w == &j->survey && words[i].state == PL_JOB_READ) {
            run->result->bytes_read += words[i].size;
            run->result->reads += words[i].at;
        } else if (words[i].state < PL_JOB_DIED) {
            word_take(j, &words[i], w);
        }
    j->fruitless = w == &j->survey ? j->fruitless : 0;
}

/* What the processes need that read folders. */
static bool work_make(struct pl_run *run)
{
    struct pl_jobs *j = run->jobs;
    char work[PL_JOBS_PATH];
    int n = snprintf(work, sizeof work, "%s/" PL_OUTPUT_WORK, run->options->output);
    if (n < 0 || (size_t)n + 32 > sizeof work || mkdir(work, 0700) != 0 ||
        pipe2(j->packets, O_CLOEXEC | O_DIRECT) != 0 || pipe2(j->grants, O_CLOEXEC) != 0)
        return false;
    j->strangers = pl_people_is_empty(run->people);
    if (!j->strangers && pl_take_people_out(run, pl_job_path(run, PL_JOB_PEOPLE).text) != PL_OK)
        return false;
    (void)fcntl(j->packets[1], F_SETPIPE_SZ, PACKETS_ROOM); /* with less the survey waits more often */
    for (unsigned i = 0; i < j->count; i++)
        if (!spool_make(run, &j->workers[i]))
            return false;
    return true;
}

/* Are all files of a folder such that parts of them can be joined? */
static bool can_split(const struct pl_run *run)
{
    const struct pl_writer_options *o = &run->options->writer;
    bool can = run->session.reader.ops->open_part && !o->per_item && o->attachments != PL_ATTACH_FILES;
    for (size_t i = 0; i < run->writer_count; i++)
        can = can && (run->writers[i].ops->join || run->writers[i].ops->beyond);
    return can;
}

/* A folder is read in parts only when workers would have to wait for it: joining them costs more than it saves in a
 * store of many such folders. What the first folders state is enough to know. */
static uint64_t split_from(struct pl_run *run, unsigned workers)
{
    uint64_t share = pl_run_stated(run, FOLDERS_ASKED) / (2 * workers);
    return share > 2 * PART_ITEMS ? share : 2 * PART_ITEMS;
}

static bool jobs_start(struct pl_run *run, const struct pl_folder *folder)
{
    struct pl_jobs *j = calloc(1, sizeof *j);
    if (!j)
        return false;
    j->count = pl_run_workers(run) < PL_JOBS_MOST ? pl_run_workers(run) : PL_JOBS_MOST;
    j->limit = run->at.folders - 1;
    j->packets[0] = j->packets[1] = j->grants[0] = j->grants[1] = -1;
    for (unsigned i = 0; i < j->count; i++)
        j->workers[i].spool = -1;
    pl_buf_init(&j->keys, KEYS_MOST);
    run->jobs = j;
    run->split_from = can_split(run) ? split_from(run, j->count) : 0;
    (void)malloc_trim(0); /* else each process keeps what the stores before left */
    if (!work_make(run))
        return true; /* there are none */
    survey_start(run, folder);
    for (unsigned i = 0; i < j->count && j->survey.pid; i++)
        worker_start(run, &j->workers[i], &(struct pl_job_rest){0});
    return true;
}

static void worker_kill(struct worker *w)
{
    if (w->pid > 0) {
        kill(w->pid, SIGKILL);
        while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        close(w->words);
    }
    w->pid = 0;
}

static void workers_end(struct pl_jobs *j)
{
    worker_kill(&j->survey);
    for (unsigned i = 0; i < j->count; i++) {
        struct worker *w = &j->workers[i];
        worker_kill(w);
        fd_close(&w->spool);
        if (w->spooled)
            fclose(w->spooled);
        w->spooled = NULL;
    }
    j->count = 0;
}

void pl_jobs_end(struct pl_run *run)
{
    struct pl_jobs *j = run->jobs;
    if (!j)
        return;
    workers_end(j);
    for (size_t i = 0; i < 2; i++) {
        fd_close(&j->packets[i]);
        fd_close(&j->grants[i]);
    }
    pl_output_work_clear(run->output);
    pl_buf_release(&j->keys);
    free(j);
    run->jobs = NULL;
}

/* --- one folder --------------------------------------------------------------------------------- */

/* The survey may go on. It hears so when half of the window is behind. */
static void limit_raise(struct pl_jobs *j, uint64_t ordinal)
{
    if (j->limit > ordinal + WINDOW / 2)
        return;
    uint64_t from = j->limit < ordinal ? ordinal : j->limit;
    j->limit = ordinal + WINDOW;
    for (uint64_t place = from * PL_JOBS_PARTS; place < j->limit * PL_JOBS_PARTS; place++)
        j->folders[place % PLACES] = (struct folder_state){.word.place = place};
    if (j->survey.pid && write(j->grants[1], &j->limit, sizeof j->limit) != (ssize_t)sizeof j->limit)
        worker_kill(&j->survey);
}

/* Hears what workers and the survey say. false: there are none, or they have said nothing for a while. */
static bool jobs_hear(struct pl_run *run)
{
    struct pl_jobs *j = run->jobs;
    struct pollfd list[PL_JOBS_MOST + 1] = {0};
    struct worker *of[PL_JOBS_MOST + 1];
    unsigned n = 0;
    for (unsigned i = 0; i <= j->count; i++) {
        struct worker *w = i < j->count ? &j->workers[i] : &j->survey;
        if (w->pid > 0) {
            of[n] = w;
            list[n++] = (struct pollfd){.fd = w->words, .events = POLLIN};
        }
    }
    int ready = n ? poll(list, n, PATIENCE) : 0;
    if (ready < 0 && errno != EINTR) /* nobody can be heard: the folders are read here */
        workers_end(j);
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

/* PL_JOB_DONE, _NOT, _HURT or _DIED; PL_JOB_UNKNOWN: the run is interrupted. */
static uint64_t place_await(struct pl_run *run, uint64_t place)
{
    struct pl_jobs *j = run->jobs;
    const struct pl_job_word *word = &j->folders[place % PLACES].word;
    while (word->state < PL_JOB_DONE) {
        int waiting = 0;
        if (interrupted(run))
            return PL_JOB_UNKNOWN;
        if (word->state == PL_JOB_UNKNOWN && !j->survey.pid)
            return PL_JOB_NOT;
        if (jobs_hear(run))
            continue;
        if (!anybody_lives(j))
            return PL_JOB_NOT;
        if (word->state == PL_JOB_OFFERED && (ioctl(j->packets[0], FIONREAD, &waiting) != 0 || !waiting))
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

/* The items of a folder, or of its first rows, pass by. */
static void items_pass(struct pl_run *run, const char *key, const struct pl_part *part)
{
    const struct pl_wanted wanted = {.wants = wants_nothing};
    struct pl_item item;
    enum pl_status st =
        part ? pl_session_open_part(&run->session, key, part) : pl_session_open_folder(&run->session, key);
    while (st > PL_STOP && st != PL_END && !interrupted(run))
        st = pl_session_next_item(&run->session, &wanted, &item);
}

/* Goes on alone, with a reader that has seen the folders that workers read, and these rows of the one at hand. What
 * it meets there they met. */
static void go_on_alone(struct pl_run *run, const struct pl_folder *folder, uint64_t rows)
{
    struct pl_jobs *j = run->jobs;
    const struct pl_report report = run->report;
    const struct pl_work work = run->session.work; /* of them too */
    const struct pl_part part = {.kind = PL_PART_ROWS, .to = rows};
    const char *key = j->keys.data, *end = key ? key + j->keys.size : NULL;
    workers_end(j);
    run->asleep = true;
    pl_work_again(&run->session.work, (struct pl_work_sum){0});
    for (; key < end && !interrupted(run); key += strlen(key) + 1)
        items_pass(run, key, NULL);
    if (rows)
        items_pass(run, folder->key, &part);
    run->asleep = false;
    run->report = report;
    run->session.work = work;
    pl_buf_clear(&j->keys);
}

/* The disk gets back what was taken over. Where it can't do that, the spool just stays until the store ends. */
static void spool_shrink(struct worker *w, const struct pl_job_word *word)
{
    uint64_t end = word->at + word->size;
    if (end < w->taken + HOLE_DUE || end > INT64_MAX)
        return;
    (void)!fallocate(fileno(w->spooled), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)w->taken,
                     (off_t)(end - w->taken));
    w->taken = end;
}

static bool place_take(struct pl_run *run, const struct pl_folder *folder, const struct pl_part *part,
                       struct folder_state *f, struct pl_taken *out)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): who has done a folder has a worker */
    bool taken = pl_take_folder(run, folder, part, f->by->spooled, &f->word, out);
    spool_shrink(f->by, &f->word);
    return taken;
}

/* Its items were read by a worker, or some of them. */
static enum pl_status key_keep(struct pl_run *run, const struct pl_folder *folder)
{
    pl_buf_add(&run->jobs->keys, folder->key, strlen(folder->key) + 1);
    if (!run->jobs->keys.failed)
        return PL_OK;
    return pl_report(&run->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
}

static enum pl_status tell_died(struct pl_run *run, const struct pl_folder *folder, const char *what)
{
    return pl_report(&run->report, PL_LOST, "worker.died", folder->key, folder->offset,
                     "the process that read this %s was ended by signal %d: its items are not converted", what,
                     run->jobs->signal);
}

/* --- a folder in parts ---------------------------------------------------------------------------- */

bool pl_jobs_part(const struct pl_run *run, const struct pl_folder *folder, unsigned number, struct pl_part *out)
{
    uint64_t count = folder->item_count / PART_ITEMS;
    count = count < PL_JOBS_PARTS ? count : PL_JOBS_PARTS;
    if (!run->split_from || folder->item_count < run->split_from || number >= count)
        return false;
    uint64_t each = folder->item_count / count;
    *out = (struct pl_part){.kind = PL_PART_ROWS, .from = number * each, .to = (number + 1) * each};
    if (number + 1 == count)
        out->to = UINT32_MAX; /* what the folder states may be too little */
    return true;
}

struct parts {
    struct pl_run *run;
    const struct pl_folder *folder;
    struct pl_part_sum sum; /* of those that are done */
    uint64_t *seen;
    bool again; /* the reader of this process has read one */
    bool died;  /* a worker, at one */
    bool all;   /* rows were read */
};

static void sum_add(struct pl_part_sum *sum, const struct pl_part_sum *more)
{
    sum->rows += more->rows;
    sum->listed[0] += more->listed[0];
    sum->listed[1] += more->listed[1];
}

/* As of struct pl_run's items(). */
static enum pl_status part_read(struct parts *p, struct pl_part part)
{
    part.again = p->again;
    part.before = p->sum;
    p->again = true;
    enum pl_status st = p->run->items(p->run, p->folder, &part, p->seen);
    sum_add(&p->sum, &p->run->session.reader.part);
    return st;
}

/* Rows that a worker died of are not asked for again. */
static void parts_alone(struct parts *p, uint64_t rows)
{
    rows = p->died ? 0 : rows;
    go_on_alone(p->run, p->folder, rows);
    p->again = p->again || rows;
}

/* From that part on no worker has read any, or not to the end: what is left is read at once, so that what is wrong
 * with the folder is met once. */
static enum pl_status left_read(struct parts *p, struct pl_part part)
{
    part.to = UINT32_MAX;
    p->all = true;
    return part_read(p, part);
}

static enum pl_status part_do(struct parts *p, uint64_t place, const struct pl_part *part)
{
    struct pl_run *run = p->run;
    struct pl_jobs *j = run->jobs;
    struct pl_taken taken;
    if (run->hurt && j->count)
        parts_alone(p, part->from);
    switch (j->count ? place_await(run, place) : (uint64_t)PL_JOB_NOT) {
    case PL_JOB_DONE:
        if (!place_take(run, p->folder, part, &j->folders[place % PLACES], &taken))
            return part_read(p, *part);
        *p->seen += taken.seen;
        sum_add(&p->sum, &taken.part);
        return taken.status;
    case PL_JOB_DIED:
        p->died = true;
        return tell_died(run, p->folder, "part of the folder") == PL_STOP ? PL_STOP : PL_OK;
    case PL_JOB_HURT: parts_alone(p, part->from); return left_read(p, *part);
    case PL_JOB_UNKNOWN: return PL_END;
    default: return left_read(p, *part);
    }
}

/* What the rows do not tell. How many items lie in rows that a worker died of nobody knows, so whether there are
 * others too. */
static enum pl_status rest_read(struct parts *p)
{
    struct pl_run *run = p->run;
    struct pl_part part = {.kind = PL_PART_UNLISTED, .again = true};
    enum pl_status st = part_read(p, (struct pl_part){.kind = PL_PART_ASSOCIATED});
    part.before = p->sum;
    if (st != PL_OK || p->died || pl_session_open_part(&run->session, p->folder->key, &part) != PL_OK)
        return st;
    if (run->jobs->count) /* what is of this folder may be listed by another one, which a worker has read */
        parts_alone(p, UINT32_MAX);
    return part_read(p, part);
}

/* One after the other, whoever has read them. */
static enum pl_status parts_do(struct pl_run *run, const struct pl_folder *folder, uint64_t place, uint64_t *seen)
{
    struct parts p = {.run = run, .folder = folder, .seen = seen};
    struct pl_part part;
    enum pl_status st = PL_OK;
    for (unsigned i = 0; st == PL_OK && !p.all && pl_jobs_part(run, folder, i, &part); i++) {
        st = part_do(&p, place + i, &part);
        pl_run_progress(run, *seen);
    }
    if (st == PL_OK)
        st = rest_read(&p);
    if (st != PL_OK)
        return st;
    if (p.died) {
        run->report.fault = "worker.died";
        return PL_LOST;
    }
    return run->jobs->count ? key_keep(run, folder) : PL_OK;
}

/* --- any folder ----------------------------------------------------------------------------------- */

static bool folder_take(struct pl_run *run, const struct pl_folder *folder, struct folder_state *f, uint64_t *seen,
                        enum pl_status *status)
{
    struct pl_taken taken;
    enum pl_status kept = key_keep(run, folder);
    if (!place_take(run, folder, NULL, f, &taken))
        return false;
    *seen = taken.seen;
    *status = kept < taken.status ? kept : taken.status;
    return true;
}

bool pl_jobs_take(struct pl_run *run, const struct pl_folder *folder, uint64_t *seen, enum pl_status *status)
{
    uint64_t ordinal = run->at.folders - 1, place = ordinal * PL_JOBS_PARTS;
    struct pl_part part;
    if (!pl_run_workers(run) || (!run->jobs && (run->hurt || !pl_jobs_pays(folder) || !jobs_start(run, folder))) ||
        !run->jobs->count)
        return false;
    if (run->hurt) {
        go_on_alone(run, NULL, 0);
        return false;
    }
    limit_raise(run->jobs, ordinal);
    if (!pl_jobs_pays(folder))
        return false;
    struct folder_state *f = &run->jobs->folders[place % PLACES];
    uint64_t state = place_await(run, place);
    if ((state == PL_JOB_DONE || state == PL_JOB_DIED) && pl_jobs_part(run, folder, 0, &part)) {
        *status = parts_do(run, folder, place, seen);
        return true;
    }
    switch (state) {
    case PL_JOB_DONE: return folder_take(run, folder, f, seen, status);
    case PL_JOB_HURT: go_on_alone(run, NULL, 0); return false;
    case PL_JOB_DIED: *status = tell_died(run, folder, "folder"); return true;
    case PL_JOB_UNKNOWN: *status = PL_END; return true;
    default: return false;
    }
}
