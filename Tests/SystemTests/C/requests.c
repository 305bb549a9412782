// hiredis, blocking: commands with text and bytes, pipelines, publish and subscribe, and events on
// a second connection. Arguments: the server's socket.
#include <hiredis/hiredis.h>
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

static const char *path;

static redisContext *open_connection(void) {
  redisContext *connection = redisConnectUnix(path);
  CHECK(connection && !connection->err);
  return connection;
}

static int is_text(const redisReply *reply, const char *text) {
  return (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS) &&
         reply->len == strlen(text) && memcmp(reply->str, text, reply->len) == 0;
}

// The next reply must be this text.
static void expect(redisContext *connection, const char *text) {
  redisReply *reply;
  CHECK(redisGetReply(connection, (void **)&reply) == REDIS_OK);
  if (!is_text(reply, text)) fprintf(stderr, "expected %s, found %s\n", text, reply->str);
  CHECK(is_text(reply, text));
  freeReplyObject(reply);
}

static void commands(void) {
  redisContext *connection = open_connection();
  redisReply *reply = redisCommand(connection, "SET %s %s", "object1", "{ weight: 20 }");
  CHECK(is_text(reply, "OK"));
  freeReplyObject(reply);
  reply = redisCommand(connection, "GET %s", "_ { weight >= 20 }");
  CHECK(is_text(reply, "object1 { weight: 20 }"));
  freeReplyObject(reply);
  reply = redisCommand(connection, "GET nothing");
  CHECK(reply->type == REDIS_REPLY_NIL);
  freeReplyObject(reply);
  reply = redisCommand(connection, "COUNT _");
  CHECK(reply->type == REDIS_REPLY_INTEGER && reply->integer == 1);
  freeReplyObject(reply);
  reply = redisCommand(connection, "GET {");
  CHECK(reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "SYNTAX ", 7) == 0);
  freeReplyObject(reply);
  reply = redisCommand(connection, "OBSERVE _");
  CHECK(reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOBINDING ", 10) == 0);
  freeReplyObject(reply);
  redisFree(connection);
}

static void bytes(void) {
  redisContext *connection = open_connection();
  char all[512];
  for (int i = 0; i < 512; i++) all[i] = (char)i;
  redisReply *reply = redisCommand(connection, "ECHO %b", all, sizeof all);
  CHECK(reply->type == REDIS_REPLY_STRING && reply->len == sizeof all);
  CHECK(memcmp(reply->str, all, sizeof all) == 0);
  freeReplyObject(reply);
  // A null is a byte like another on the wire, and no letter of the language.
  reply = redisCommand(connection, "SET a %b", "{ t: 'x\0y' }", (size_t)12);
  CHECK(reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "SYNTAX ", 7) == 0);
  freeReplyObject(reply);
  redisFree(connection);
}

static void pipelines(void) {
  enum { COUNT = 2000 };
  redisContext *connection = open_connection();
  for (int i = 0; i < COUNT; i++) {
    char body[64];
    snprintf(body, sizeof body, "{ n: %d }", i);
    redisAppendCommand(connection, "SET p%d %s", i, body);
    redisAppendCommand(connection, "GET p%d", i);
  }
  for (int i = 0; i < COUNT; i++) {
    char text[64];
    snprintf(text, sizeof text, "p%d { n: %d }", i, i);
    expect(connection, "OK");
    expect(connection, text);
  }
  redisFree(connection);
}

static void subscriptions(void) {
  redisContext *subscriber = open_connection(), *publisher = open_connection();
  redisReply *reply = redisCommand(subscriber, "SUBSCRIBE %s", "_ { level > 2 }");
  CHECK(reply->type == REDIS_REPLY_ARRAY && reply->elements == 3);
  CHECK(is_text(reply->element[0], "subscribe") && is_text(reply->element[1], "_ { level > 2 }"));
  CHECK(reply->element[2]->integer == 1);
  freeReplyObject(reply);
  for (int level = 0; level < 5; level++) {
    char body[64];
    snprintf(body, sizeof body, "{ level: %d }", level);
    reply = redisCommand(publisher, "PUBLISH log %s", body);
    CHECK(reply->type == REDIS_REPLY_INTEGER && reply->integer == (level > 2));
    freeReplyObject(reply);
  }
  for (int level = 3; level < 5; level++) {
    char text[64];
    snprintf(text, sizeof text, "log { level: %d }", level);
    CHECK(redisGetReply(subscriber, (void **)&reply) == REDIS_OK && reply->elements == 3);
    CHECK(is_text(reply->element[0], "message") && is_text(reply->element[2], text));
    freeReplyObject(reply);
  }
  redisFree(subscriber);
  redisFree(publisher);
}

static void events(void) {
  redisContext *requests = open_connection(), *bound = open_connection();
  redisReply *reply = redisCommand(requests, "CLIENT ID");
  long long client = reply->integer;
  freeReplyObject(reply);
  reply = redisCommand(bound, "BIND %lld", client);
  CHECK(is_text(reply, "OK"));
  freeReplyObject(reply);
  reply = redisCommand(requests, "GET lamp TRIGGER ANY PERSIST");
  CHECK(reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_NIL);
  long long trigger = reply->element[1]->integer;
  freeReplyObject(reply);
  reply = redisCommand(requests, "SET lamp %s", "{ on: true }");
  CHECK(is_text(reply, "OK"));
  freeReplyObject(reply);
  CHECK(redisGetReply(bound, (void **)&reply) == REDIS_OK && reply->elements == 6);
  CHECK(is_text(reply->element[0], "trigger") && reply->element[1]->integer == trigger);
  CHECK(is_text(reply->element[2], "set") && is_text(reply->element[4], "lamp { on: true }"));
  CHECK(reply->element[5]->integer == 0);
  freeReplyObject(reply);
  // One ends the other.
  redisFree(requests);
  CHECK(redisGetReply(bound, (void **)&reply) == REDIS_ERR && bound->err == REDIS_ERR_EOF);
  redisFree(bound);
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  path = arguments[1];
  commands();
  bytes();
  pipelines();
  subscriptions();
  events();
}
