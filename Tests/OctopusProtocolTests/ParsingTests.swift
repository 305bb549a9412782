// Requests, and what each asks for.

import OctopusProtocol
import Testing

struct ParsingTests {
  @Test(arguments: [
    // Records, in one argument or two.
    ("GET | object1", "get object1 {}"),
    ("get | object1 { b: 1, a: 2 }", "get object1 { a: 2, b: 1 }"),
    ("GeT | object1 | { a: 2 }", "get object1 { a: 2 }"),
    ("GET | r'^a' | {a > 1}", "get r'^a' { a > 1 }"),
    ("GET | _ | {}", "get _ {}"),
    ("GET | 'a b'", "get 'a b' {}"),
    ("GET | rev", "get rev {}"),
    ("GET | a | REV", "get a {} rev"),
    ("GET | a | {} | rev | trigger | any", "get a {} trigger=7 when=always rev"),
    ("GET | a | TRIGGER | SET", "get a {} trigger=1 when=always"),
    ("GET | a | TRIGGER | DEL | OUT | PERSIST", "get a {} trigger=6 persistent when=always"),
    (
      "GET | a | TRIGGER | OUT | WHEN | missing | REV | PERSIST",
      "get a {} trigger=4 persistent when=missing rev"
    ),
    ("NAMES | _", "names _ {}"),
    ("NAMES | _ | LIMIT | 0", "names _ {} limit=0"),
    ("NAMES | _ | AFTER | '/dev/sda' | LIMIT | 10", "names _ {} limit=10 after=/dev/sda"),
    ("NAMES | _ | AFTER | 'it\\'s'", "names _ {} after=it's"),
    (
      "FIND | _ | { a: 1 } | LIMIT | 9223372036854775807",
      "find _ { a: 1 } limit=9223372036854775807"
    ),
    ("FIND | _ | TRIGGER | SET | WHEN | FOUND", "find _ {} trigger=1 when=found"),
    ("COUNT | _ { a: _ }", "count _ { a: _ }"),
    ("EXISTS | a", "exists a {}"),
    ("EXISTS | a | b | { c: 1 } | d | REV", "exists a {} + b { c: 1 } + d {} rev"),
    ("EXISTS | rev | 'rev'", "exists rev {} + rev {}"),
    ("EXISTS | a | limit", "exists a {} + limit {}"),
    ("EXPLAIN | _ | { a < 3 }", "explain _ { a < 3 }"),
    ("DBSIZE", "size"),
    // Writes.
    ("SET | object1 { weight: 20 }", "set object1 { weight: 20 }"),
    ("SET | object1 | { weight: 20 }", "set object1 { weight: 20 }"),
    ("SET | object1", "set object1 {}"),
    ("SET | c { v: 5, v == 4 }", "set c { v: 5, v == 4 }"),
    ("SET | a | NX", "set a {} only=absent"),
    (
      "SET | a | {} | XX | IF | 0 | TRANSIENT | RETURN | REV",
      "set a {} only=present if=0 transient return rev"
    ),
    ("SET | a | IF | 9007199254740992", "set a {} if=9007199254740992"),
    ("SET | a | TRIGGER | ANY | WHEN | ALWAYS", "set a {} trigger=7 when=always"),
    ("SETSEQ | rec_ | { a: 1 } | TRANSIENT", "setseq rec_ { a: 1 } transient"),
    ("SETSEQ | rec_ | RETURN | REV", "setseq rec_ {} return rev"),
    ("UPDATE | a | { b: 1 }", "update a { b: 1 }"),
    (
      "UPDATE | a { b == 1 } | REMOVE | c | ADD | d | -2 | REMOVE | e | ADD | f | .5 | IF | 7",
      "update a { b == 1 } if=7 -c -e +d:-2 +f:0.5"
    ),
    ("DEL | a", "delete a {}"),
    ("DEL | a | b | { c: 1 } | ALL | IF | 3 | REV", "delete a {} + b { c: 1 } all if=3 rev"),
    ("DEL | 'all'", "delete all {}"),
    // Watching.
    ("WAITFOR | a", "wait a {} match"),
    ("WAITFOR | a | GONE | TIMEOUT | 0", "wait a {} gone timeout=0"),
    ("WAITFOR | a | DEFER | a b | GONE", "wait a {} gone defer=a b"),
    // Coordination.
    ("LOCK | print", "lock print"),
    ("LOCK | a b' | DEFER | 1", "lock a b' defer=1"),
    (
      "LOCK | l | TIMEOUT | 5 | SHARED | AS | two | WITH | { b: 1, a: x } | DEFER | t",
      "lock l shared as=two with=x { a: x, b: 1 } timeout=5 defer=t"
    ),
    ("LOCK | shared", "lock shared"),
    ("UNLOCK | l", "unlock l"),
    ("UNLOCK | l | as | AS", "unlock l as=AS"),
    ("SEM | NEW | s | 0", "new s 0"),
    ("sem | wait | s", "take s 1"),
    (
      "SEM | WAIT | s | 3 | AS | w | CONSUME | TIMEOUT | 0 | DEFER | t",
      "take s 3 as=w consume timeout=0 defer=t"
    ),
    ("SEM | WAIT | s | AS | 3", "take s 1 as=3"),
    ("SEM | TRY | s | CONSUME", "try s 1 consume timeout=0"),
    ("SEM | POST | s | 9007199254740992 | AS | w", "post s 9007199254740992 as=w"),
    ("BARRIER | ENTER | b | 10000 | TIMEOUT | 1", "enter b 10000 timeout=1"),
    ("BARRIER | LEAVE | b | AS | w | DEFER | t", "leave b 1 as=w defer=t"),
    ("CANCEL | a tag", "cancel a tag"),
    ("WAITFOR | a | { b: 1 } | TIMEOUT | 100 | COUNT | 3", "wait a { b: 1 } count(3) timeout=100"),
    ("UNTRIGGER | 12", "untrigger 12"),
    ("UNTRIGGER | -9223372036854775808", "untrigger -9223372036854775808"),
    ("OBSERVE | a | {}", "observe a {}"),
    ("SUBSCRIBE | a | _ {b:1}", "subscribe a => a {} + _ {b:1} => _ { b: 1 }"),
    ("PSUBSCRIBE | r'x'", "psubscribe r'x' => r'x' {}"),
    ("UNSUBSCRIBE", "unsubscribe []"),
    ("UNSUBSCRIBE | a {}", "unsubscribe [\"a {}\"]"),
    ("PUNSUBSCRIBE | a | b", "punsubscribe [\"a\", \"b\"]"),
    ("PUBLISH | msg_2 | { age: 10 }", "publish msg_2 { age: 10 }"),
    // Transactions and the connection.
    ("MULTI", "multi"), ("EXEC", "exec"), ("DISCARD", "discard"), ("RESET", "reset"),
    ("QUIT", "quit"), ("QUIT | now", "quit"), ("TIME", "time"), ("MONITOR", "monitor"),
    ("SELECT | 0", "select"),
    ("PING", "ping"),
    ("PING | hi there", "ping message=hi there"),
    ("ECHO | ", "echo "),
    ("HELLO", "hello"),
    ("HELLO | 2", "hello version=two"),
    (
      "HELLO | 3 | AUTH | default | secret | SETNAME | me",
      "hello version=three auth=default:secret name=me"
    ),
    ("AUTH | secret", "auth secret"),
    ("AUTH | me | secret", "auth me:secret"),
    ("BIND | 7", "bind 7"),
    ("CLIENT | ID", "client id"), ("client | info", "client info"),
    ("CLIENT | GETNAME", "client name"),
    ("CLIENT | SETNAME | ", "client name="),
    ("CLIENT | SETINFO | lib-name | redis-py", "client library=redis-py"),
    ("CLIENT | SETINFO | LIB-VER | 5.0.1", "client version=5.0.1"),
    ("CLIENT | LIST", "client list"),
    ("CLIENT | LIST | TYPE | pubsub", "client list kind=pubsub"),
    ("CLIENT | LIST | ID | 1 | 2", "client list ids=[1, 2]"),
    ("CLIENT | KILL | 1.2.3.4:5", "client kill address=1.2.3.4:5 old"),
    ("CLIENT | KILL | ID | 3", "client kill ids=[3] others"),
    (
      "CLIENT | KILL | ADDR | a | LADDR | b | USER | c | TYPE | NORMAL | SKIPME | no",
      "client kill kind=normal address=a local=b user=c"
    ),
    ("CLIENT | HELP", "help for=client"),
    ("HELP", "help"), ("HELP | get", "help for=get"),
    ("help | CLIENT | list", "help for=client|list"),
    // The server.
    ("COMMAND", "info []"),
    ("COMMAND | COUNT", "commandTable(OctopusProtocol.TableQuestion.count)"),
    ("COMMAND | LIST", "commandTable(OctopusProtocol.TableQuestion.list)"),
    ("COMMAND | INFO | get | what | client|list", "info [\"get\", \"-\", \"client|list\"]"),
    ("COMMAND | DOCS", "docs of all"),
    ("COMMAND | DOCS | GET | what", "docs [\"get\"]"),
    ("COMMAND | DOCS | what", "docs []"),
    ("INFO", "info []"),
    ("INFO | Server | keyspace", "info [\"server\", \"keyspace\"]"),
    ("CONFIG | GET | save | max*", "config [\"save\", \"max*\"]"),
    ("SLOWLOG | GET", "slowlog count=10"), ("SLOWLOG | GET | -1", "slowlog"),
    ("SLOWLOG | GET | 3", "slowlog count=3"),
    ("SLOWLOG | LEN", "slowLog(OctopusProtocol.SlowLogCommand.length)"),
    ("BACKUP", "backup"), ("BACKUP | offset | 0", "backup offset=0"),
    ("SLOWLOG | RESET", "slowLog(OctopusProtocol.SlowLogCommand.reset)"),
  ])
  func requestIsParsed(line: String, for call: String) {
    #expect(outcome(request(line)) == call)
  }
}
