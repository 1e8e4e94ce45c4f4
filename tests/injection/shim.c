/* Makes the n-th file-system call of a process fail, lie or be its last, and writes down all of them.

   Loaded by LD_PRELOAD in front of the C library, it stands for a bad disk and for other file
   systems.  Nothing happens before arm(), and only in the process that called it: its children run
   untouched.  A call counts if its path, or the path behind its descriptor, lies below watch().
   fsync and its relatives are counted and written down, and never reach the disk.

   Not seen: memory maps, what the C library calls itself (so fopen counts as one open), and
   system calls made without the C library. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

/* FULL: from that call on, all that needs space fails; DEAD: all that changes anything does */
enum action { NOTHING, FAIL, DONE, SHORT, KILL_BEFORE, KILL_AFTER, KILL_HALFWAY, FULL, DEAD };
enum kind { READS = 'r', CHANGES = 'c', SYNCS = 's', ENDS = 'e' };
#define LONGEST (2 * PATH_MAX)

/* shared with the process that forks, which reads it after this one is gone */
static struct report {
  long seen;
  int fired;
  char what[LONGEST + 64];
} *report;

static pid_t armed;
static long target_number;
static int target_action, target_errno, log_fd = -1;
static int no_links, with_clones;
static char watched[PATH_MAX], other_disk[PATH_MAX];

void injection_share(void) {
  report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}
long injection_seen(void) { return report->seen; }
int injection_fired(void) { return report->fired; }
const char *injection_what(void) { return report->what; }

/* What kind of file system this is: no hard links, reflinks, a folder that is another disk. */
void injection_system(int without_links, int clones, const char *disk) {
  no_links = without_links;
  with_clones = clones;
  snprintf(other_disk, sizeof other_disk, "%s", disk);
}

/* From now on: the call of that number, from 1, meets an action; log every call to a descriptor. */
void injection_arm(const char *folder, long number, int action, int code, int log) {
  snprintf(watched, sizeof watched, "%s", folder);
  target_number = number;
  target_action = action;
  target_errno = code;
  log_fd = log;
  report->seen = 0;
  report->fired = 0;
  report->what[0] = 0;
  armed = getpid();
}

struct call {
  const char *name;
  int kind, action;
  long number;
  char path[LONGEST], second[LONGEST];
};

static int below(const char *path, const char *folder) {
  size_t n = strlen(folder);
  return n && !strncmp(path, folder, n) && (path[n] == '/' || path[n] == 0);
}

static void behind(int fd, char *out) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, link, out, PATH_MAX - 1);
  out[n < 0 ? 0 : n] = 0;
}

static void resolve(int folder, const char *path, char *out) {
  char joined[LONGEST];
  if (!path || !*path) {
    behind(folder, out);
    return;
  }
  if (*path == '/') {
    snprintf(joined, sizeof joined, "%s", path);
  } else {
    char base[PATH_MAX] = "";
    if (folder == AT_FDCWD)
      syscall(SYS_getcwd, base, sizeof base);
    else
      behind(folder, base);
    snprintf(joined, sizeof joined, "%s/%s", base, path);
  }
  size_t used = 0;
  for (char *rest = joined, *part; (part = strsep(&rest, "/"));) {
    if (!*part || !strcmp(part, ".")) continue;
    if (!strcmp(part, "..")) {
      while (used && out[--used] != '/') continue;
      continue;
    }
    used += snprintf(out + used, LONGEST - used, "/%s", part);
  }
  out[used] = 0;
}

static int is_armed(void) { return armed && armed == getpid(); }

static int needs_space(const struct call *c) {
  static const char *const freeing[] = {"unlink", "unlinkat", "remove", "rmdir", "rename", "renameat", "renameat2"};
  if (c->kind != CHANGES) return 0;
  for (size_t i = 0; i < sizeof freeing / sizeof *freeing; i++)
    if (!strcmp(c->name, freeing[i])) return 0;
  return 1;
}

static int counts(struct call *c, const char *name, int kind) {
  c->name = name;
  c->kind = kind;
  c->number = __atomic_add_fetch(&report->seen, 1, __ATOMIC_SEQ_CST);
  c->action = c->number == target_number ? target_action : NOTHING;
  if (target_number > 0 && c->number >= target_number)
    if ((target_action == FULL && needs_space(c)) || (target_action == DEAD && (kind == CHANGES || kind == SYNCS)))
      c->action = FAIL;
  if (c->action != NOTHING) {
    report->fired = 1;
    snprintf(report->what, sizeof report->what, "%s %s", name, c->path);
  }
  if (c->action == KILL_BEFORE) kill(getpid(), SIGKILL);
  return 1;
}

static int by_path(struct call *c, const char *name, int kind, int folder, const char *path) {
  if (!is_armed()) return 0;
  int before = errno;
  c->second[0] = 0;
  resolve(folder, path, c->path);
  errno = before;
  return below(c->path, watched) && counts(c, name, kind);
}

static int by_fd(struct call *c, const char *name, int kind, int fd) {
  if (!is_armed() || fd < 0 || fd == log_fd) return 0;
  int before = errno;
  c->second[0] = 0;
  behind(fd, c->path);
  errno = before;
  return below(c->path, watched) && counts(c, name, kind);
}

static int by_two(struct call *c, const char *name, int one, const char *path, int two, const char *second) {
  if (!is_armed()) return 0;
  int before = errno;
  resolve(one, path, c->path);
  resolve(two, second, c->second);
  errno = before;
  return (below(c->path, watched) || below(c->second, watched)) && counts(c, name, CHANGES);
}

static void escape(FILE *to, const char *text) {
  for (; *text; text++)
    if (strchr("%\t\n", *text)) fprintf(to, "%%%02x", (unsigned char)*text);
    else fputc(*text, to);
}

/* Write a call down: number, name, kind, result, errno, path, second path, then facts as key=value. */
static void record(struct call *c, long result, int code, int fd, const char *facts, const void *data, size_t size) {
  if (log_fd < 0) return;
  char *text = NULL;
  size_t length = 0;
  FILE *to = open_memstream(&text, &length);
  fprintf(to, "%ld\t%s\t%c\t%ld\t%d\t", c->number, c->name, c->kind, result, result < 0 ? code : 0);
  escape(to, c->path);
  fputc('\t', to);
  escape(to, c->second);
  struct stat s;
  long found = fd >= 0 ? syscall(SYS_fstat, fd, &s)
                       : syscall(SYS_newfstatat, AT_FDCWD, *c->second ? c->second : c->path, &s, AT_SYMLINK_NOFOLLOW);
  if (c->kind != READS && found == 0)
    fprintf(to, "\tino=%lu\tmode=%o\tmtime=%lld\tsize=%lld", (unsigned long)s.st_ino, s.st_mode,
            s.st_mtim.tv_sec * 1000000000LL + s.st_mtim.tv_nsec, (long long)s.st_size);
  if (facts && *facts) fprintf(to, "\t%s", facts);
  if (data) {
    fputs("\tdata=", to);
    for (size_t i = 0; i < size; i++) fprintf(to, "%02x", ((const unsigned char *)data)[i]);
  }
  fputc('\n', to);
  fclose(to);
  for (size_t done = 0; done < length;) {
    ssize_t n = syscall(SYS_write, log_fd, text + done, length - done);
    if (n <= 0) break;
    done += n;
  }
  free(text);
}

static int refused(struct call *c) {
  if (c->action != FAIL) return 0;
  record(c, -1, target_errno, -1, NULL, NULL, 0);
  errno = target_errno;
  return 1;
}

static long finish(struct call *c, long result, int fd, const char *facts, const void *data, size_t size) {
  int code = errno;
  record(c, result, code, fd, facts, data, size);
  if (c->action == KILL_AFTER || c->action == KILL_HALFWAY) kill(getpid(), SIGKILL);
  if (c->action == DONE && result >= 0) {
    errno = target_errno;
    return -1;
  }
  errno = code;
  return result;
}

#define REAL(type, name, ...)                                 \
  static type (*real)(__VA_ARGS__);                           \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define BY_PATH(name, kind, folder, where, PARAMETERS, ARGUMENTS)                      \
  int name PARAMETERS {                                                               \
    REAL(int, name, );                                                                \
    struct call c;                                                                    \
    if (!by_path(&c, #name, kind, folder, where)) return ((int(*) PARAMETERS)real) ARGUMENTS; \
    if (refused(&c)) return -1;                                                       \
    return finish(&c, ((int(*) PARAMETERS)real) ARGUMENTS, -1, NULL, NULL, 0);        \
  }

#define BY_FD(name, kind, fd, PARAMETERS, ARGUMENTS)                                  \
  int name PARAMETERS {                                                               \
    REAL(int, name, );                                                                \
    struct call c;                                                                    \
    if (!by_fd(&c, #name, kind, fd)) return ((int(*) PARAMETERS)real) ARGUMENTS;      \
    if (refused(&c)) return -1;                                                       \
    return finish(&c, ((int(*) PARAMETERS)real) ARGUMENTS, fd, NULL, NULL, 0);        \
  }

/* ---- names ---- */

BY_PATH(unlink, CHANGES, AT_FDCWD, p, (const char *p), (p))
BY_PATH(unlinkat, CHANGES, d, p, (int d, const char *p, int f), (d, p, f))
BY_PATH(remove, CHANGES, AT_FDCWD, p, (const char *p), (p))
BY_PATH(rmdir, CHANGES, AT_FDCWD, p, (const char *p), (p))
BY_PATH(mkdir, CHANGES, AT_FDCWD, p, (const char *p, mode_t m), (p, m))
BY_PATH(mkdirat, CHANGES, d, p, (int d, const char *p, mode_t m), (d, p, m))
BY_PATH(mkfifo, CHANGES, AT_FDCWD, p, (const char *p, mode_t m), (p, m))
BY_PATH(mknod, CHANGES, AT_FDCWD, p, (const char *p, mode_t m, dev_t v), (p, m, v))
BY_PATH(mknodat, CHANGES, d, p, (int d, const char *p, mode_t m, dev_t v), (d, p, m, v))

static int link_symbolically(struct call *c, const char *to, int folder, const char *path) {
  if (refused(c)) return -1;
  int result = syscall(SYS_symlinkat, to, folder, path);
  char facts[LONGEST];
  snprintf(facts, sizeof facts, "to=%s", to);
  return finish(c, result, -1, facts, NULL, 0);
}
int symlink(const char *to, const char *p) {
  struct call c;
  if (!by_path(&c, "symlink", CHANGES, AT_FDCWD, p)) return syscall(SYS_symlinkat, to, AT_FDCWD, p);
  return link_symbolically(&c, to, AT_FDCWD, p);
}
int symlinkat(const char *to, int d, const char *p) {
  struct call c;
  if (!by_path(&c, "symlinkat", CHANGES, d, p)) return syscall(SYS_symlinkat, to, d, p);
  return link_symbolically(&c, to, d, p);
}

/* What the file system itself says of a link or rename, before any fault. */
static int impossible(struct call *c, int is_link) {
  if (*other_disk && below(c->path, other_disk) != below(c->second, other_disk)) return EXDEV;
  return is_link && no_links ? EPERM : 0;
}

static int two(struct call *c, int is_link, int a, const char *p, int b, const char *q, unsigned flags) {
  if (refused(c)) return -1;
  int code = impossible(c, is_link), result = -1;
  if (code)
    errno = code;
  else if (is_link)
    result = syscall(SYS_linkat, a, p, b, q, flags);
  else
    result = syscall(SYS_renameat2, a, p, b, q, flags);
  return finish(c, result, -1, NULL, NULL, 0);
}
#define TWO(name, is_link, a, p, b, q, flags, PARAMETERS)                                          \
  int name PARAMETERS {                                                                            \
    struct call c;                                                                                 \
    if (!by_two(&c, #name, a, p, b, q))                                                            \
      return is_link ? syscall(SYS_linkat, a, p, b, q, flags) : syscall(SYS_renameat2, a, p, b, q, flags); \
    return two(&c, is_link, a, p, b, q, flags);                                                    \
  }
TWO(link, 1, AT_FDCWD, p, AT_FDCWD, q, 0, (const char *p, const char *q))
TWO(linkat, 1, a, p, b, q, f, (int a, const char *p, int b, const char *q, int f))
TWO(rename, 0, AT_FDCWD, p, AT_FDCWD, q, 0, (const char *p, const char *q))
TWO(renameat, 0, a, p, b, q, 0, (int a, const char *p, int b, const char *q))
TWO(renameat2, 0, a, p, b, q, f, (int a, const char *p, int b, const char *q, unsigned f))

/* ---- opening and closing ---- */

static int open_as(const char *name, int folder, const char *path, int flags, mode_t mode) {
  struct call c;
  int creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
  if (!by_path(&c, name, creates || (flags & O_TRUNC) ? CHANGES : READS, folder, path))
    return syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
  struct stat s;
  int existed = syscall(SYS_newfstatat, AT_FDCWD, c.path, &s, 0) == 0;
  if (refused(&c)) return -1;
  int fd = syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
  char facts[64];
  snprintf(facts, sizeof facts, "made=%d\ttruncated=%d", fd >= 0 && creates && !existed,
           fd >= 0 && (flags & O_TRUNC) && existed);
  int result = finish(&c, fd, fd, facts, NULL, 0);
  if (result < 0 && fd >= 0) {
    int code = errno;
    syscall(SYS_close, fd);
    errno = code;
  }
  return result;
}
#define WITH_MODE(flags)                                               \
  mode_t mode = 0;                                                     \
  if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {         \
    va_list rest;                                                      \
    va_start(rest, flags);                                             \
    mode = va_arg(rest, mode_t);                                       \
    va_end(rest);                                                      \
  }
int open(const char *p, int f, ...) { WITH_MODE(f) return open_as("open", AT_FDCWD, p, f, mode); }
int open64(const char *p, int f, ...) { WITH_MODE(f) return open_as("open", AT_FDCWD, p, f, mode); }
int openat(int d, const char *p, int f, ...) { WITH_MODE(f) return open_as("openat", d, p, f, mode); }
int openat64(int d, const char *p, int f, ...) { WITH_MODE(f) return open_as("openat", d, p, f, mode); }
int __open_2(const char *p, int f) { return open_as("open", AT_FDCWD, p, f, 0); }
int __open64_2(const char *p, int f) { return open_as("open", AT_FDCWD, p, f, 0); }
int __openat_2(int d, const char *p, int f) { return open_as("openat", d, p, f, 0); }
int __openat64_2(int d, const char *p, int f) { return open_as("openat", d, p, f, 0); }
int creat(const char *p, mode_t m) { return open_as("creat", AT_FDCWD, p, O_CREAT | O_WRONLY | O_TRUNC, m); }
int creat64(const char *p, mode_t m) { return open_as("creat", AT_FDCWD, p, O_CREAT | O_WRONLY | O_TRUNC, m); }

static FILE *open_stream(FILE *(*real)(const char *, const char *), const char *path, const char *mode) {
  struct call c;
  int changes = *mode != 'r' || strchr(mode, '+') != NULL;
  if (!by_path(&c, "fopen", changes ? CHANGES : READS, AT_FDCWD, path)) return real(path, mode);
  if (refused(&c)) return NULL;
  FILE *stream = real(path, mode);
  if (finish(&c, stream ? 0 : -1, stream ? fileno(stream) : -1, NULL, NULL, 0) < 0 && stream) {
    int code = errno;
    fclose(stream);
    errno = code;
    return NULL;
  }
  return stream;
}
FILE *fopen(const char *p, const char *m) { REAL(FILE *, fopen, const char *, const char *); return open_stream(real, p, m); }
FILE *fopen64(const char *p, const char *m) { REAL(FILE *, fopen64, const char *, const char *); return open_stream(real, p, m); }

int close(int fd) {
  struct call c;
  if (!by_fd(&c, "close", ENDS, fd)) return syscall(SYS_close, fd);
  int result = syscall(SYS_close, fd);
  if (c.action == FAIL) c.action = DONE; /* Linux closes it, whatever it answers */
  return finish(&c, result, -1, NULL, NULL, 0);
}

/* ---- bytes ---- */

#define READING(name, PARAMETERS, ARGUMENTS, fd)                                      \
  ssize_t name PARAMETERS {                                                           \
    REAL(ssize_t, name, );                                                            \
    struct call c;                                                                    \
    if (!by_fd(&c, #name, READS, fd)) return ((ssize_t(*) PARAMETERS)real) ARGUMENTS; \
    if (refused(&c)) return -1;                                                       \
    return finish(&c, ((ssize_t(*) PARAMETERS)real) ARGUMENTS, fd, NULL, NULL, 0);    \
  }
READING(read, (int fd, void *b, size_t n), (fd, b, n), fd)
READING(pread, (int fd, void *b, size_t n, off_t o), (fd, b, n, o), fd)
READING(pread64, (int fd, void *b, size_t n, off64_t o), (fd, b, n, o), fd)
READING(readv, (int fd, const struct iovec *v, int n), (fd, v, n), fd)

static int is_halved(struct call *c, size_t size) {
  if (c->action != SHORT && c->action != KILL_HALFWAY) return 0;
  return size > 1;
}
static ssize_t write_as(const char *name, int fd, const void *data, size_t size, off_t at) {
  struct call c;
  if (!by_fd(&c, name, CHANGES, fd))
    return at < 0 ? syscall(SYS_write, fd, data, size) : syscall(SYS_pwrite64, fd, data, size, at);
  if (refused(&c)) return -1;
  if (is_halved(&c, size)) size /= 2;
  ssize_t n = at < 0 ? syscall(SYS_write, fd, data, size) : syscall(SYS_pwrite64, fd, data, size, at);
  char facts[64];
  off_t from = at >= 0 ? at : syscall(SYS_lseek, fd, 0, SEEK_CUR) - (n > 0 ? n : 0);
  snprintf(facts, sizeof facts, "at=%lld", (long long)from);
  return finish(&c, n, fd, facts, data, n > 0 ? n : 0);
}
ssize_t write(int fd, const void *b, size_t n) { return write_as("write", fd, b, n, -1); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return write_as("pwrite", fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { return write_as("pwrite", fd, b, n, at); }
ssize_t writev(int fd, const struct iovec *v, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  if (!is_armed()) return real(fd, v, count);
  size_t size = 0, done = 0;
  for (int i = 0; i < count; i++) size += v[i].iov_len;
  char *all = malloc(size + 1);
  for (int i = 0; i < count; done += v[i++].iov_len) memcpy(all + done, v[i].iov_base, v[i].iov_len);
  ssize_t n = write_as("writev", fd, all, size, -1);
  free(all);
  return n;
}

/* What a copy by the system has put into a file, read back for the log. */
static long copied(struct call *c, long n, int fd, off_t from) {
  char link[64], facts[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  snprintf(facts, sizeof facts, "at=%lld", (long long)from);
  int code = errno;
  char *data = NULL;
  long got = 0;
  if (n > 0 && log_fd >= 0) {
    data = malloc(n);
    int again = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY);
    got = syscall(SYS_pread64, again, data, n, from);
    syscall(SYS_close, again);
  }
  errno = code;
  long result = finish(c, n, fd, facts, data, got > 0 ? got : 0);
  code = errno;
  free(data);
  errno = code;
  return result;
}
ssize_t copy_file_range(int a, off64_t *p, int b, off64_t *q, size_t size, unsigned flags) {
  struct call c;
  if (!by_fd(&c, "copy_file_range", CHANGES, b)) return syscall(SYS_copy_file_range, a, p, b, q, size, flags);
  if (refused(&c)) return -1;
  char source[PATH_MAX];
  behind(a, source);
  if (*other_disk && below(source, other_disk) != below(c.path, other_disk)) {
    errno = EXDEV;
    return finish(&c, -1, b, NULL, NULL, 0);
  }
  if (is_halved(&c, size)) size = size > 2000 ? 1000 : size / 2; /* callers ask for far more than there is */
  off_t from = q ? *q : syscall(SYS_lseek, b, 0, SEEK_CUR);
  return copied(&c, syscall(SYS_copy_file_range, a, p, b, q, size, flags), b, from);
}
static ssize_t send(int to, int from, off64_t *offset, size_t size) {
  struct call c;
  if (!by_fd(&c, "sendfile", CHANGES, to)) return syscall(SYS_sendfile, to, from, offset, size);
  if (refused(&c)) return -1;
  if (is_halved(&c, size)) size = size > 2000 ? 1000 : size / 2;
  off_t at = syscall(SYS_lseek, to, 0, SEEK_CUR);
  return copied(&c, syscall(SYS_sendfile, to, from, offset, size), to, at);
}
ssize_t sendfile(int to, int from, off_t *offset, size_t size) { return send(to, from, (off64_t *)offset, size); }
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) { return send(to, from, offset, size); }

/* A reflink: for file systems that know none, the bytes are copied where reflinks are asked for. */
static int clone(int to, int from) {
  if (!with_clones) return syscall(SYS_ioctl, to, FICLONE, from);
  char data[65536];
  off_t at = 0;
  ssize_t n;
  while ((n = syscall(SYS_pread64, from, data, sizeof data, at)) > 0) {
    if (syscall(SYS_pwrite64, to, data, n, at) != n) return -1;
    at += n;
  }
  return n < 0 ? -1 : 0;
}
int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  struct call c;
  if (request != FICLONE || !by_fd(&c, "ioctl_ficlone", CHANGES, fd)) return syscall(SYS_ioctl, fd, request, argument);
  if (refused(&c)) return -1;
  int result = clone(fd, (int)(long)argument);
  struct stat s = {0};
  syscall(SYS_fstat, fd, &s);
  /* the log takes the bytes of the whole file */
  int code = errno;
  char facts[16] = "at=0", link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char *data = malloc(s.st_size + 1);
  int again = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY);
  long got = syscall(SYS_pread64, again, data, s.st_size, 0);
  syscall(SYS_close, again);
  errno = code;
  result = finish(&c, result, fd, facts, data, result == 0 && got > 0 ? got : 0);
  code = errno;
  free(data);
  errno = code;
  return result;
}

BY_PATH(truncate, CHANGES, AT_FDCWD, p, (const char *p, off_t n), (p, n))
BY_PATH(truncate64, CHANGES, AT_FDCWD, p, (const char *p, off64_t n), (p, n))
BY_FD(ftruncate, CHANGES, fd, (int fd, off_t n), (fd, n))
BY_FD(ftruncate64, CHANGES, fd, (int fd, off64_t n), (fd, n))

/* ---- durability: never done for real, the tests only look at what was asked for ---- */

#define SYNCING(name)                                                       \
  int name(int fd) {                                                        \
    struct call c;                                                          \
    if (!by_fd(&c, #name, SYNCS, fd)) return is_armed() ? 0 : syscall(SYS_##name, fd); \
    if (refused(&c)) return -1;                                             \
    return finish(&c, 0, fd, NULL, NULL, 0);                                \
  }
SYNCING(fsync)
SYNCING(fdatasync)
SYNCING(syncfs)
void sync(void) {
  struct call c;
  if (!is_armed()) {
    syscall(SYS_sync);
    return;
  }
  snprintf(c.path, sizeof c.path, "%s", watched);
  c.second[0] = 0;
  counts(&c, "sync", SYNCS);
  finish(&c, 0, -1, NULL, NULL, 0);
}

/* ---- facts about files ---- */

#define STATING(name, type, folder, where, PARAMETERS, ARGUMENTS)                     \
  int name PARAMETERS {                                                              \
    REAL(int, name, );                                                               \
    struct call c;                                                                   \
    if (!by_path(&c, #name, READS, folder, where)) return ((int(*) PARAMETERS)real) ARGUMENTS; \
    if (refused(&c)) return -1;                                                      \
    int result = ((int(*) PARAMETERS)real) ARGUMENTS;                                \
    if (result == 0 && below(c.path, other_disk)) s->st_dev += 1;                    \
    return finish(&c, result, -1, NULL, NULL, 0);                                    \
  }
#define STATING_FD(name, PARAMETERS, ARGUMENTS)                                      \
  int name PARAMETERS {                                                              \
    REAL(int, name, );                                                               \
    struct call c;                                                                   \
    if (!by_fd(&c, #name, READS, fd)) return ((int(*) PARAMETERS)real) ARGUMENTS;    \
    if (refused(&c)) return -1;                                                      \
    int result = ((int(*) PARAMETERS)real) ARGUMENTS;                                \
    if (result == 0 && below(c.path, other_disk)) s->st_dev += 1;                    \
    return finish(&c, result, -1, NULL, NULL, 0);                                    \
  }
STATING(stat, struct stat, AT_FDCWD, p, (const char *p, struct stat *s), (p, s))
STATING(stat64, struct stat64, AT_FDCWD, p, (const char *p, struct stat64 *s), (p, s))
STATING(lstat, struct stat, AT_FDCWD, p, (const char *p, struct stat *s), (p, s))
STATING(lstat64, struct stat64, AT_FDCWD, p, (const char *p, struct stat64 *s), (p, s))
STATING(fstatat, struct stat, d, p, (int d, const char *p, struct stat *s, int f), (d, p, s, f))
STATING(fstatat64, struct stat64, d, p, (int d, const char *p, struct stat64 *s, int f), (d, p, s, f))
STATING(__xstat, struct stat, AT_FDCWD, p, (int v, const char *p, struct stat *s), (v, p, s))
STATING(__xstat64, struct stat64, AT_FDCWD, p, (int v, const char *p, struct stat64 *s), (v, p, s))
STATING(__lxstat, struct stat, AT_FDCWD, p, (int v, const char *p, struct stat *s), (v, p, s))
STATING(__lxstat64, struct stat64, AT_FDCWD, p, (int v, const char *p, struct stat64 *s), (v, p, s))
STATING(__fxstatat, struct stat, d, p, (int v, int d, const char *p, struct stat *s, int f), (v, d, p, s, f))
STATING(__fxstatat64, struct stat64, d, p, (int v, int d, const char *p, struct stat64 *s, int f), (v, d, p, s, f))
STATING_FD(fstat, (int fd, struct stat *s), (fd, s))
STATING_FD(fstat64, (int fd, struct stat64 *s), (fd, s))
STATING_FD(__fxstat, (int v, int fd, struct stat *s), (v, fd, s))
STATING_FD(__fxstat64, (int v, int fd, struct stat64 *s), (v, fd, s))
int statx(int d, const char *restrict p, int f, unsigned m, struct statx *restrict s) {
  struct call c;
  if (!by_path(&c, "statx", READS, d, p)) return syscall(SYS_statx, d, p, f, m, s);
  if (refused(&c)) return -1;
  int result = syscall(SYS_statx, d, p, f, m, s);
  if (result == 0 && below(c.path, other_disk)) s->stx_dev_minor += 1;
  return finish(&c, result, -1, NULL, NULL, 0);
}
BY_PATH(access, READS, AT_FDCWD, p, (const char *p, int m), (p, m))
BY_PATH(faccessat, READS, d, p, (int d, const char *p, int m, int f), (d, p, m, f))
BY_PATH(statvfs, READS, AT_FDCWD, p, (const char *p, struct statvfs *s), (p, s))
BY_PATH(statvfs64, READS, AT_FDCWD, p, (const char *p, struct statvfs64 *s), (p, s))
BY_FD(fstatvfs, READS, fd, (int fd, struct statvfs *s), (fd, s))
BY_FD(fstatvfs64, READS, fd, (int fd, struct statvfs64 *s), (fd, s))

ssize_t readlink(const char *restrict p, char *restrict b, size_t n) {
  struct call c;
  if (!by_path(&c, "readlink", READS, AT_FDCWD, p)) return syscall(SYS_readlinkat, AT_FDCWD, p, b, n);
  if (refused(&c)) return -1;
  return finish(&c, syscall(SYS_readlinkat, AT_FDCWD, p, b, n), -1, NULL, NULL, 0);
}
ssize_t readlinkat(int d, const char *restrict p, char *restrict b, size_t n) {
  struct call c;
  if (!by_path(&c, "readlinkat", READS, d, p)) return syscall(SYS_readlinkat, d, p, b, n);
  if (refused(&c)) return -1;
  return finish(&c, syscall(SYS_readlinkat, d, p, b, n), -1, NULL, NULL, 0);
}

BY_PATH(chmod, CHANGES, AT_FDCWD, p, (const char *p, mode_t m), (p, m))
BY_PATH(fchmodat, CHANGES, d, p, (int d, const char *p, mode_t m, int f), (d, p, m, f))
BY_FD(fchmod, CHANGES, fd, (int fd, mode_t m), (fd, m))
BY_PATH(chown, CHANGES, AT_FDCWD, p, (const char *p, uid_t u, gid_t g), (p, u, g))
BY_PATH(lchown, CHANGES, AT_FDCWD, p, (const char *p, uid_t u, gid_t g), (p, u, g))
BY_PATH(fchownat, CHANGES, d, p, (int d, const char *p, uid_t u, gid_t g, int f), (d, p, u, g, f))
BY_FD(fchown, CHANGES, fd, (int fd, uid_t u, gid_t g), (fd, u, g))
BY_PATH(utimensat, CHANGES, d, p, (int d, const char *p, const struct timespec t[2], int f), (d, p, t, f))
BY_FD(futimens, CHANGES, fd, (int fd, const struct timespec t[2]), (fd, t))
BY_PATH(utime, CHANGES, AT_FDCWD, p, (const char *p, const struct utimbuf *t), (p, t))
BY_PATH(utimes, CHANGES, AT_FDCWD, p, (const char *p, const struct timeval t[2]), (p, t))
BY_PATH(lutimes, CHANGES, AT_FDCWD, p, (const char *p, const struct timeval t[2]), (p, t))
BY_FD(futimes, CHANGES, fd, (int fd, const struct timeval t[2]), (fd, t))

#define XATTR_PATH(type, name, kind, PARAMETERS, ARGUMENTS)                          \
  type name PARAMETERS {                                                             \
    REAL(type, name, );                                                              \
    struct call c;                                                                   \
    if (!by_path(&c, #name, kind, AT_FDCWD, p)) return ((type(*) PARAMETERS)real) ARGUMENTS; \
    if (refused(&c)) return -1;                                                      \
    return finish(&c, ((type(*) PARAMETERS)real) ARGUMENTS, -1, NULL, NULL, 0);      \
  }
#define XATTR_FD(type, name, kind, PARAMETERS, ARGUMENTS)                            \
  type name PARAMETERS {                                                             \
    REAL(type, name, );                                                              \
    struct call c;                                                                   \
    if (!by_fd(&c, #name, kind, fd)) return ((type(*) PARAMETERS)real) ARGUMENTS;    \
    if (refused(&c)) return -1;                                                      \
    return finish(&c, ((type(*) PARAMETERS)real) ARGUMENTS, fd, NULL, NULL, 0);      \
  }
XATTR_PATH(int, setxattr, CHANGES, (const char *p, const char *k, const void *v, size_t n, int f), (p, k, v, n, f))
XATTR_PATH(int, lsetxattr, CHANGES, (const char *p, const char *k, const void *v, size_t n, int f), (p, k, v, n, f))
XATTR_FD(int, fsetxattr, CHANGES, (int fd, const char *k, const void *v, size_t n, int f), (fd, k, v, n, f))
XATTR_PATH(int, removexattr, CHANGES, (const char *p, const char *k), (p, k))
XATTR_PATH(int, lremovexattr, CHANGES, (const char *p, const char *k), (p, k))
XATTR_FD(int, fremovexattr, CHANGES, (int fd, const char *k), (fd, k))
XATTR_PATH(ssize_t, getxattr, READS, (const char *p, const char *k, void *v, size_t n), (p, k, v, n))
XATTR_PATH(ssize_t, lgetxattr, READS, (const char *p, const char *k, void *v, size_t n), (p, k, v, n))
XATTR_FD(ssize_t, fgetxattr, READS, (int fd, const char *k, void *v, size_t n), (fd, k, v, n))
XATTR_PATH(ssize_t, listxattr, READS, (const char *p, char *v, size_t n), (p, v, n))
XATTR_PATH(ssize_t, llistxattr, READS, (const char *p, char *v, size_t n), (p, v, n))
XATTR_FD(ssize_t, flistxattr, READS, (int fd, char *v, size_t n), (fd, v, n))

/* ---- folders and locks ---- */

DIR *opendir(const char *p) {
  REAL(DIR *, opendir, const char *);
  struct call c;
  if (!by_path(&c, "opendir", READS, AT_FDCWD, p)) return real(p);
  if (refused(&c)) return NULL;
  DIR *opened = real(p);
  finish(&c, opened ? 0 : -1, -1, NULL, NULL, 0);
  return opened;
}
DIR *fdopendir(int fd) {
  REAL(DIR *, fdopendir, int);
  struct call c;
  if (!by_fd(&c, "fdopendir", READS, fd)) return real(fd);
  if (refused(&c)) return NULL;
  DIR *opened = real(fd);
  finish(&c, opened ? 0 : -1, -1, NULL, NULL, 0);
  return opened;
}
/* a folder's listing counts once: where it begins */
#define LISTING(name, type)                                                          \
  struct type *name(DIR *d) {                                                        \
    REAL(struct type *, name, DIR *);                                                \
    struct call c;                                                                   \
    if (!is_armed() || telldir(d) != 0 || !by_fd(&c, "readdir", READS, dirfd(d))) return real(d); \
    if (refused(&c)) return NULL;                                                    \
    struct type *entry = real(d);                                                    \
    finish(&c, 0, -1, NULL, NULL, 0);                                                \
    return entry;                                                                    \
  }
LISTING(readdir, dirent)
LISTING(readdir64, dirent64)

int flock(int fd, int how) {
  struct call c;
  if (!by_fd(&c, "flock", ENDS, fd)) return syscall(SYS_flock, fd, how);
  if (refused(&c)) return -1;
  return finish(&c, syscall(SYS_flock, fd, how), fd, NULL, NULL, 0);
}
static int control(const char *name, int fd, int command, void *argument) {
  struct call c;
  int locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
  if (!locks || !by_fd(&c, name, ENDS, fd)) return syscall(SYS_fcntl, fd, command, argument);
  if (refused(&c)) return -1;
  return finish(&c, syscall(SYS_fcntl, fd, command, argument), fd, NULL, NULL, 0);
}
#define CONTROL(name)                              \
  int name(int fd, int command, ...) {             \
    va_list rest;                                  \
    va_start(rest, command);                       \
    void *argument = va_arg(rest, void *);         \
    va_end(rest);                                  \
    return control("fcntl", fd, command, argument); \
  }
CONTROL(fcntl)
CONTROL(fcntl64)
