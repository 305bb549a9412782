// Requests that cannot be carried out, and the exact error of each.

import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP
import Testing

struct ParsingErrorTests {
  private static let quote = "quote a record or a query that has blanks as one argument"

  @Test(arguments: [
    // Unknown commands, in Redis's words.
    ("", "ERR unknown command '', with args beginning with: "),
    ("foo", "ERR unknown command 'foo', with args beginning with: "),
    ("foo | a | b c", "ERR unknown command 'foo', with args beginning with: 'a' 'b c' "),
    ("GETS | a", "ERR unknown command 'GETS', with args beginning with: 'a' "),
    ("\0GET | a", "ERR unknown command '\0GET', with args beginning with: 'a' "),
    ("client|list", "ERR unknown command 'client|list', with args beginning with: "),
    ("CLIENT | foo", "ERR unknown subcommand 'foo'. Try CLIENT HELP."),
    ("CONFIG | SET | a | b", "ERR unknown subcommand 'SET'. Try CONFIG HELP."),
    ("GET", "ERR wrong number of arguments for 'get' command"),
    ("CLIENT", "ERR wrong number of arguments for 'client' command"),
    ("CLIENT | KILL", "ERR wrong number of arguments for 'client|kill' command"),
    ("CLIENT | ID | 1", "ERR wrong number of arguments for 'client|id' command"),
    ("DBSIZE | a", "ERR wrong number of arguments for 'dbsize' command"),
    ("MULTI | a", "ERR wrong number of arguments for 'multi' command"),
    ("PING | a | b", "ERR wrong number of arguments for 'ping' command"),
    ("UNTRIGGER", "ERR wrong number of arguments for 'untrigger' command"),
    // Where a text is wrong.
    ("GET | ", "SYNTAX expected a name, found the end at byte 0"),
    ("GET | a b", "SYNTAX expected '{' or the end, found 'b' at byte 2"),
    ("GET | a { b 1 }", "SYNTAX expected ':' or a comparison, found '1' at byte 6"),
    ("GET | a | { b 1 }", "SYNTAX expected ':' or a comparison, found '1' at byte 4 in the body"),
    (
      "GET | a {} | { b: 1 }",
      "SYNTAX expected the end of the name, since its body is the next argument, found '{' at byte 2"
    ),
    (
      "SET | a | { | weight: | 20 | }",
      "SYNTAX expected an attribute's name, found the end at byte 1 in the body; "
        + "quote what has blanks as one argument"
    ),
    ("EXISTS | a | b c", "SYNTAX expected '{' or the end, found 'c' at byte 2 of query 2"),
    (
      "EXISTS | a | b | {",
      "SYNTAX expected an attribute's name, found the end at byte 1 in the body of query 2"
    ),
    ("SUBSCRIBE | a | { b: 1 }", "SYNTAX expected a name, found '{' at byte 0 of query 2"),
    ("UNSUBSCRIBE | _x", "SYNTAX a name cannot begin with '_' at byte 0"),
    (
      "SET | a { b: 99999999999999999999 }",
      "SYNTAX an integer that does not fit into 64 bits; quote it if it is text at byte 7"
    ),
    ("PUBLISH | a { b > 1 }", "SYNTAX a condition, where a record is needed at byte 4"),
    (
      "PUBLISH | a | { b > 1 }",
      "SYNTAX a condition, where a record is needed at byte 2 in the body"
    ),
    ("SETSEQ | a { b == 1 }", "SYNTAX a condition, where a record is needed at byte 4"),
    // Options.
    ("GET | a | b", "SYNTAX 'b' is not an option of GET; \(quote)"),
    ("GET | a | LIMIT | 1", "SYNTAX 'LIMIT' is not an option of GET; \(quote)"),
    ("COUNT | a | REV", "SYNTAX 'REV' is not an option of COUNT; \(quote)"),
    ("PUBLISH | a | b", "SYNTAX 'b' is not an option of PUBLISH; \(quote)"),
    ("OBSERVE | a | REV", "SYNTAX 'REV' is not an option of OBSERVE; \(quote)"),
    ("SET | a | {} | {}", "SYNTAX '{}' is not an option of SET; \(quote)"),
    ("SET | a |  {}", "SYNTAX ' {}' is not an option of SET; \(quote)"),
    ("DEL | a | ALL | b", "SYNTAX 'b' is not an option of DEL; \(quote)"),
    ("SET | a | NX | nx", "SYNTAX NX is there twice"),
    ("SET | a | NX | XX", "SYNTAX XX contradicts NX"),
    ("SET | a | XX | NX", "SYNTAX NX contradicts XX"),
    ("WAITFOR | a | GONE | COUNT | 1", "SYNTAX COUNT contradicts GONE"),
    ("WAITFOR | a | DEFER", "SYNTAX the tag after DEFER is missing"),
    ("WAITFOR | a | DEFER | ", "SYNTAX the tag after DEFER is empty"),
    ("WAITFOR | a | DEFER | x | DEFER | y", "SYNTAX DEFER is there twice"),
    ("LOCK | ", "SYNTAX a lock's name is empty"),
    ("LOCK | l | AS", "SYNTAX the holder after AS is missing"),
    ("LOCK | l | WITH", "SYNTAX WITH takes a body: { attribute: value }"),
    ("LOCK | l | WITH | 5", "SYNTAX expected '{', found '5' at byte 0 in the body"),
    ("LOCK | l | WITH | {a:1", "SYNTAX expected ',' or '}', found the end at byte 4 in the body"),
    ("LOCK | l | WITH | {lock: x}", "SYNTAX WITH cannot set 'lock'"),
    ("LOCK | l | WITH | {mode: x}", "SYNTAX WITH cannot set 'mode'"),
    ("LOCK | l | WITH | {barrier: x}", "SYNTAX WITH cannot set 'barrier'"),
    (
      "LOCK | l | WITH | {a > 1}",
      "SYNTAX a condition, where a record is needed at byte 1 in the body"
    ),
    (
      "UNLOCK | l | SHARED",
      "SYNTAX 'SHARED' is not an option of UNLOCK; quote a record or a query that has blanks as one "
        + "argument"
    ),
    ("SEM | WAIT | s | 0", "SYNTAX the number of permits is an integer from 1 to 9007199254740992"),
    ("SEM | WAIT | s | x", "SYNTAX the number of permits is an integer from 1 to 9007199254740992"),
    ("SEM | NEW | s | -1", "SYNTAX the number of permits is an integer from 0 to 9007199254740992"),
    (
      "SEM | TRY | s | TIMEOUT | 1",
      "SYNTAX the number of permits is an integer from 1 to 9007199254740992"
    ),
    ("SEM | POST", "ERR wrong number of arguments for 'sem|post' command"),
    ("SEM | FOO", "ERR unknown subcommand 'FOO'. Try SEM HELP."),
    ("BARRIER | ENTER | b | 0", "SYNTAX the number of parties is an integer from 1 to 10000"),
    ("BARRIER | ENTER | b | 10001", "SYNTAX the number of parties is an integer from 1 to 10000"),
    ("BARRIER | ENTER | b", "ERR wrong number of arguments for 'barrier|enter' command"),
    ("CANCEL | ", "SYNTAX a tag is empty"),
    ("CLIENT | UNBLOCK | 5 | ERROR", "ERR CLIENT UNBLOCK reason should be TIMEOUT"),
    ("CLIENT | UNBLOCK | x", "ERR value is not an integer or out of range"),
    ("WAITFOR | a | COUNT | 1 | GONE", "SYNTAX GONE contradicts COUNT"),
    ("GET | a | TRIGGER", "SYNTAX TRIGGER takes SET, DEL, OUT or ANY"),
    ("GET | a | TRIGGER | PERSIST", "SYNTAX TRIGGER takes SET, DEL, OUT or ANY"),
    ("GET | a | TRIGGER | SET | SET", "SYNTAX TRIGGER takes each of SET, DEL and OUT once"),
    ("GET | a | TRIGGER | DEL | ANY", "SYNTAX TRIGGER takes each of SET, DEL and OUT once"),
    ("GET | a | TRIGGER | SET | TRIGGER | DEL", "SYNTAX TRIGGER is there twice"),
    ("GET | a | PERSIST", "SYNTAX PERSIST without TRIGGER before it"),
    ("GET | a | WHEN | FOUND | TRIGGER | SET", "SYNTAX WHEN without TRIGGER before it"),
    ("GET | a | TRIGGER | SET | WHEN", "SYNTAX WHEN takes FOUND, MISSING or ALWAYS"),
    ("GET | a | TRIGGER | SET | WHEN | SET", "SYNTAX WHEN takes FOUND, MISSING or ALWAYS"),
    ("NAMES | _ | LIMIT", "SYNTAX LIMIT takes an integer of at least 0"),
    ("NAMES | _ | LIMIT | -1", "SYNTAX LIMIT takes an integer of at least 0"),
    ("NAMES | _ | LIMIT | 1 ", "SYNTAX LIMIT takes an integer of at least 0"),
    ("NAMES | _ | LIMIT | +1", "SYNTAX LIMIT takes an integer of at least 0"),
    ("NAMES | _ | LIMIT | 01", "SYNTAX LIMIT takes an integer of at least 0"),
    ("NAMES | _ | LIMIT | 9223372036854775808", "SYNTAX LIMIT takes an integer of at least 0"),
    ("NAMES | _ | LIMIT | 99999999999999999999", "SYNTAX LIMIT takes an integer of at least 0"),
    ("NAMES | _ | AFTER", "SYNTAX AFTER takes a name"),
    ("NAMES | _ | AFTER | a {}", "SYNTAX AFTER takes a name, without a body"),
    (
      "NAMES | _ | AFTER | /dev",
      "SYNTAX expected a name, found '/' at byte 0 of the name after AFTER"
    ),
    ("SET | a | IF", "SYNTAX IF takes an integer from 0 to 9007199254740992"),
    ("SET | a | IF | x", "SYNTAX IF takes an integer from 0 to 9007199254740992"),
    ("SET | a | IF | -1", "SYNTAX IF takes an integer from 0 to 9007199254740992"),
    ("SET | a | IF | 9007199254740993", "SYNTAX IF takes an integer from 0 to 9007199254740992"),
    ("WAITFOR | a | COUNT | 0", "SYNTAX COUNT takes an integer of at least 1"),
    ("WAITFOR | a | TIMEOUT | -1", "SYNTAX TIMEOUT takes an integer from 0 to 3153600000000"),
    (
      "WAITFOR | a | TIMEOUT | 3153600000001",
      "SYNTAX TIMEOUT takes an integer from 0 to 3153600000000"
    ),
    ("UNTRIGGER | x", "SYNTAX UNTRIGGER takes an integer"),
    ("UNTRIGGER | -9223372036854775809", "SYNTAX UNTRIGGER takes an integer"),
    ("UPDATE | a | REMOVE", "SYNTAX REMOVE takes the name of an attribute"),
    (
      "UPDATE | a | REMOVE | b@",
      "SYNTAX expected the end of an attribute's name, found '@' at byte 1 of the name after REMOVE"
    ),
    (
      "UPDATE | a | REMOVE | @b",
      "SYNTAX expected an attribute's name, in quotes if it is not an identifier, found '@' "
        + "at byte 0 of the name after REMOVE"
    ),
    ("UPDATE | a | ADD | '' | 1", "SYNTAX an empty name at byte 0 of the name after ADD"),
    (
      "UPDATE | a { 'b\\n': 1 } | REMOVE | 'b\\n'", "SYNTAX attribute 'b\\n' is changed twice"
    ),
    ("UPDATE | a | ADD | b", "SYNTAX ADD takes an attribute and a number"),
    (
      "UPDATE | a | ADD | b | c", "SYNTAX a number without digits at byte 0 of the number after ADD"
    ),
    (
      "UPDATE | a | ADD | b | 1, c: 2",
      "SYNTAX expected the end of a number at byte 1 of the number after ADD"
    ),
    (
      "UPDATE | a | ADD | b | 1e999",
      "SYNTAX a float that does not fit into 64 bits; quote it if it is text at byte 0 of the number after ADD"
    ),
    ("UPDATE | a | ADD | b | +1", "SYNTAX a number has no '+' at byte 0 of the number after ADD"),
    ("UPDATE | a { b: 1 } | ADD | b | 1", "SYNTAX attribute 'b' is changed twice"),
    ("UPDATE | a | REMOVE | b | ADD | b | 1", "SYNTAX attribute 'b' is changed twice"),
    // The other codes of this layer.
    ("SET | _ {}", "NONAME a name is needed here, not a pattern at byte 0"),
    ("NAMES | _ | AFTER | _", "NONAME AFTER takes a name, not a pattern"),
    // The connection and the server, in Redis's words.
    ("SELECT | 1", "ERR DB index is out of range"),
    ("SELECT | x", "ERR value is not an integer or out of range"),
    ("BIND | 1.5", "ERR client-id should be greater than 0"),
    ("HELLO | x", "ERR Protocol version is not an integer or out of range"),
    ("HELLO | 4", "NOPROTO unsupported protocol version"),
    ("HELLO | 3 | foo", "ERR Syntax error in HELLO option 'foo'"),
    ("HELLO | 3 | AUTH | a", "ERR Syntax error in HELLO option 'AUTH'"),
    (
      "HELLO | 3 | SETNAME | a b",
      "ERR Client names cannot contain spaces, newlines or special characters."
    ),
    ("AUTH | a | b | c", "ERR syntax error"),
    (
      "CLIENT | SETNAME | a\nb",
      "ERR Client names cannot contain spaces, newlines or special characters."
    ),
    ("CLIENT | SETINFO | foo | a", "ERR Unrecognized option 'foo'"),
    (
      "CLIENT | SETINFO | LIB-NAME | a b",
      "ERR lib-name cannot contain spaces, newlines or special characters."
    ),
    ("CLIENT | LIST | foo", "ERR syntax error"),
    ("CLIENT | LIST | TYPE", "ERR syntax error"),
    ("CLIENT | LIST | TYPE | foo", "ERR Unknown client type 'foo'"),
    ("CLIENT | LIST | ID | 0", "ERR client-id should be greater than 0"),
    ("CLIENT | KILL | ID | x", "ERR client-id should be greater than 0"),
    ("CLIENT | KILL | ID | 1 | SKIPME", "ERR syntax error"),
    ("CLIENT | KILL | SKIPME | perhaps", "ERR syntax error"),
    ("BACKUP | FROM | 1", "ERR syntax error"), ("BACKUP | OFFSET", "ERR syntax error"),
    ("BACKUP | OFFSET | 1 | 2", "ERR syntax error"),
    ("BACKUP | OFFSET | x", "ERR syntax error"),
    ("BACKUP | OFFSET | -1", "ERR value is not an integer or out of range"),
    ("SLOWLOG | GET | -2", "ERR count should be greater than or equal to -1"),
    ("SLOWLOG | GET | 1 | 2", "ERR wrong number of arguments for 'slowlog|get' command"),
    ("HELP | foo | bar", "ERR no such command 'foo bar'"),
  ])
  func requestIsRefused(line: String, error: String) {
    #expect(outcome(request(line)) == error)
  }

  @Test func invalidRegexesAreBADREGEX() {
    #expect(outcome(request("GET | r'('")).hasPrefix("BADREGEX "))
    #expect(outcome(request("SUBSCRIBE | _ { a: r'(' }")).hasPrefix("BADREGEX "))
  }

  @Test func textsPastTheirLimitsAreTOOBIG() {
    let name = String(repeating: "n", count: Limits.nameBytes)
    #expect(outcome(request("GET | \(name)")) == "get \(name) {}")
    let lines = [
      "GET | \(name)n", "UPDATE | a | REMOVE | \(name)n", "CLIENT | SETNAME | \(name)n",
      "SET | a { b: '\(String(repeating: "b", count: Limits.recordBytes))' }",
      "SUBSCRIBE | a { b: '\(String(repeating: "b", count: Limits.queryBytes))' }",
    ]
    for line in lines { #expect(outcome(request(line)).hasPrefix("TOOBIG ")) }
  }

  @Test func argumentsThatAreNotUTF8AreRefused() {
    let bytes: [UInt8] = [0xff, 0xc0, 0x80]
    let quoted = [UInt8(ascii: "'")] + bytes + [UInt8(ascii: "'")]
    #expect(outcome(Request([bytes])).hasPrefix("ERR unknown command '\u{fffd}"))
    for argument in [bytes, quoted] {
      #expect(outcome(Request([Array("GET".utf8), argument])).hasPrefix("SYNTAX "))
    }
    #expect(outcome(Request([Array("GET".utf8), [97], bytes])).hasPrefix("SYNTAX "))
    #expect(outcome(Request([Array("HELP".utf8), bytes])).hasPrefix("ERR "))
  }

  @Test func errorOfAnUnknownCommandCutsItsArguments() {
    let long = String(repeating: "x", count: 1_000)
    let message = outcome(request("\(long) | \(long) | \(long)"))
    #expect(message.utf8.count < 400)
  }
}
