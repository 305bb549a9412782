// hiredis's asynchronous interface in a poll loop: replies to callbacks in order, and stored
// records observed with PSUBSCRIBE. Arguments: the server's socket.
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1); \
    } \
  } while (0)

enum { RECORDS = 500 };

// What the loop must know of a connection.
typedef struct {
  redisAsyncContext *context;
  short events;
} Connection;

static Connection writer, watcher;
static int answered, announced, ended;

static void want_read(void *connection) { ((Connection *)connection)->events |= POLLIN; }
static void want_no_read(void *connection) { ((Connection *)connection)->events &= ~POLLIN; }
static void want_write(void *connection) { ((Connection *)connection)->events |= POLLOUT; }
static void want_no_write(void *connection) { ((Connection *)connection)->events &= ~POLLOUT; }
static void forget(void *connection) { ((Connection *)connection)->events = 0; }

static void on_end(const redisAsyncContext *context, int status) {
  CHECK(status == REDIS_OK);
  if (context == writer.context) writer.context = NULL;
  if (context == watcher.context) watcher.context = NULL;
  ended++;
}

static void open_connection(Connection *connection, const char *path) {
  redisAsyncContext *context = redisAsyncConnectUnix(path);
  CHECK(context && !context->err);
  connection->context = context;
  context->ev.data = connection;
  context->ev.addRead = want_read;
  context->ev.delRead = want_no_read;
  context->ev.addWrite = want_write;
  context->ev.delWrite = want_no_write;
  context->ev.cleanup = forget;
  redisAsyncSetDisconnectCallback(context, on_end);
}

static void on_answer(redisAsyncContext *context, void *reply, void *number) {
  (void)context;
  CHECK(reply && ((redisReply *)reply)->type == REDIS_REPLY_STATUS);
  CHECK((long)number == answered);
  answered++;
}

static void on_change(redisAsyncContext *context, void *data, void *unused) {
  (void)unused;
  redisReply *reply = data;
  if (!reply) return;
  CHECK(reply->type == REDIS_REPLY_ARRAY);
  if (strcmp(reply->element[0]->str, "pmessage") != 0) return;
  const char *kind = reply->element[2]->str, *record = reply->element[3]->str;
  if (strcmp(kind, "synced") == 0) {
    // From now on every change comes.
    for (long i = 0; i < RECORDS; i++) {
      char body[64];
      snprintf(body, sizeof body, "{ n: %ld }", i);
      redisAsyncCommand(writer.context, on_answer, (void *)i, "SET record%ld %s", i, body);
    }
    return;
  }
  char expected[64];
  snprintf(expected, sizeof expected, "record%d { n: %d }", announced, announced);
  CHECK(strcmp(kind, "set") == 0 && strcmp(record, expected) == 0);
  if (++announced == RECORDS) redisAsyncDisconnect(context);
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  open_connection(&writer, arguments[1]);
  open_connection(&watcher, arguments[1]);
  redisAsyncCommand(watcher.context, on_change, NULL, "PSUBSCRIBE %s", "r'^record' { n >= 0 }");
  while (ended < 2) {
    if (answered == RECORDS && writer.context) redisAsyncDisconnect(writer.context);
    Connection *connections[] = {&writer, &watcher};
    struct pollfd polled[2];
    for (int i = 0; i < 2; i++) {
      polled[i].fd = connections[i]->context ? connections[i]->context->c.fd : -1;
      polled[i].events = connections[i]->events;
      polled[i].revents = 0;
    }
    if (ended < 2) CHECK(poll(polled, 2, 50000) > 0);
    for (int i = 0; i < 2; i++) {
      Connection *connection = connections[i];
      if (connection->context && polled[i].revents & (POLLIN | POLLHUP | POLLERR))
        redisAsyncHandleRead(connection->context);
      if (connection->context && polled[i].revents & POLLOUT)
        redisAsyncHandleWrite(connection->context);
    }
  }
  CHECK(answered == RECORDS && announced == RECORDS);
}
