// Ends a process at a chosen one of its store writes and outside calls, or lets its disk fail. For tests alone: preloaded
// (LD_PRELOAD), so that no hook is compiled into the program.
//
// CRASH_STATE  the folder whose files are the store; without it nothing here does anything
// CRASH_AT     the number of the point at which the process ends, from 1
// CRASH_ON     count only points of this name for CRASH_AT; with a star at its end, of names that begin so
// CRASH_LOG    a file that gets every point as a line
// FAIL_FLUSH   the number of the flush of the store that fails with EIO, from 1
//
// Points: before the first write to a file of the store since it was flushed; before and after each flush, rename and
// removal there; before and after each piece of a request sent; after each piece of an answer received; before and after
// a child is started.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *state, *crash_on;
static long crash_at, fail_flush;
static int log_file = -1;
static atomic_long passed, flushes;
static _Atomic char dirty[65536];

#define REAL(name) ((__typeof__(&name))real_of(#name))
static void *real_of(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("CRASH_AT"), *path = getenv("CRASH_LOG"), *flush = getenv("FAIL_FLUSH");
  crash_at = at ? atol(at) : 0;
  fail_flush = flush ? atol(flush) : 0;
  if (path) log_file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  state = getenv("CRASH_STATE");
  crash_on = getenv("CRASH_ON");
  // Children are other processes: theirs are not this one's points.
  unsetenv("LD_PRELOAD");
}

static void point(const char *when, const char *what, const char *whose) {
  char line[512];
  int length = snprintf(line, sizeof line, "%s %s%s%s\n", when, what, *whose ? " " : "", whose);
  if (log_file >= 0) syscall(SYS_write, log_file, line, length);
  size_t wanted = crash_on ? strlen(crash_on) : 0;
  int star = wanted && crash_on[wanted - 1] == '*';
  if (crash_on && (star ? strncmp(line, crash_on, wanted - 1) : wanted != (size_t)length - 1 || strncmp(line, crash_on, wanted)))
    return;
  long number = atomic_fetch_add(&passed, 1) + 1;
  if (number == crash_at) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;) pause();
  }
}

// The last part of the path of a file of the store, else null. The index (-shm) and the lock are no record.
static const char *of_store(char *path) {
  size_t length = state ? strlen(state) : 0;
  if (!length || strncmp(path, state, length) || path[length] != '/') return NULL;
  const char *name = strrchr(path, '/') + 1;
  size_t end = strlen(name);
  if (!strcmp(name, "lock") || (end > 4 && !strcmp(name + end - 4, "-shm"))) return NULL;
  return name;
}

static const char *file_of_store(int file, char path[4096]) {
  char link[64];
  if (!state || file < 0) return NULL;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, 4095);
  if (length <= 0) return NULL;
  path[length] = 0;
  return of_store(path);
}

static int is_network(int file) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (!state) return 0;
  int known = errno;
  int result = getsockopt(file, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && (domain == AF_INET || domain == AF_INET6);
  errno = known;
  return result;
}

static void before_write(int file) {
  char path[4096];
  const char *name = file_of_store(file, path);
  if (name && file < (int)sizeof dirty && !atomic_exchange(&dirty[file], 1)) point("before", "write", name);
}

#define SENDS(call)                                  \
  if (is_network(file)) {                            \
    point("before", "request", "");                  \
    ssize_t result = call;                           \
    int known = errno;                               \
    if (result > 0) point("after", "request", "");   \
    errno = known;                                   \
    return result;                                   \
  }                                                  \
  before_write(file);                                \
  return call;

#define RECEIVES(call)                                               \
  ssize_t result = call;                                             \
  if (result > 0 && is_network(file)) point("after", "answer", "");  \
  return result;

ssize_t write(int file, const void *bytes, size_t count) { SENDS(REAL(write)(file, bytes, count)) }
ssize_t writev(int file, const struct iovec *parts, int count) { SENDS(REAL(writev)(file, parts, count)) }
ssize_t send(int file, const void *bytes, size_t count, int flags) { SENDS(REAL(send)(file, bytes, count, flags)) }
ssize_t sendmsg(int file, const struct msghdr *message, int flags) { SENDS(REAL(sendmsg)(file, message, flags)) }
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  before_write(file);
  return REAL(pwrite64)(file, bytes, count, at);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  before_write(file);
  return REAL(pwrite)(file, bytes, count, at);
}
ssize_t read(int file, void *bytes, size_t count) { RECEIVES(REAL(read)(file, bytes, count)) }
ssize_t readv(int file, const struct iovec *parts, int count) { RECEIVES(REAL(readv)(file, parts, count)) }
ssize_t recv(int file, void *bytes, size_t count, int flags) { RECEIVES(REAL(recv)(file, bytes, count, flags)) }
ssize_t recvmsg(int file, struct msghdr *message, int flags) { RECEIVES(REAL(recvmsg)(file, message, flags)) }

static int flush(int file, int (*real)(int)) {
  char path[4096];
  const char *name = file_of_store(file, path);
  if (!name) return real(file);
  point("before", "flush", name);
  long number = atomic_fetch_add(&flushes, 1) + 1;
  int result = number == fail_flush ? (errno = EIO, -1) : real(file);
  int known = errno;
  if (file < (int)sizeof dirty) dirty[file] = 0;
  point(result ? "failed" : "after", "flush", name);
  errno = known;
  return result;
}
int fsync(int file) { return flush(file, REAL(fsync)); }
int fdatasync(int file) { return flush(file, REAL(fdatasync)); }

static int named(const char *what, const char *path, int result) {
  int known = errno;
  if (!result) point("after", what, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
  errno = known;
  return result;
}
int rename(const char *from, const char *to) {
  if (!of_store((char *)to)) return REAL(rename)(from, to);
  point("before", "rename", strrchr(to, '/') + 1);
  return named("rename", to, REAL(rename)(from, to));
}
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  char path[4096], link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", to_folder);
  ssize_t length = to[0] == '/' || !state ? -1 : syscall(SYS_readlinkat, AT_FDCWD, link, path, 4000 - strlen(to));
  if (length > 0) {
    path[length] = '/';
    strcpy(path + length + 1, to);
  }
  if (length <= 0 || !of_store(path)) return REAL(renameat)(from_folder, from, to_folder, to);
  point("before", "rename", to);
  return named("rename", to, REAL(renameat)(from_folder, from, to_folder, to));
}
int unlink(const char *path) {
  if (!of_store((char *)path)) return REAL(unlink)(path);
  point("before", "unlink", strrchr(path, '/') + 1);
  return named("unlink", path, REAL(unlink)(path));
}

int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                char *const arguments[], char *const environment[]) {
  if (state) point("before", "child", "");
  int result = REAL(posix_spawn)(child, path, actions, attributes, arguments, environment);
  if (state) point("after", "child", "");
  return result;
}
