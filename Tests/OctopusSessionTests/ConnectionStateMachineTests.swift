import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP
import SessionSupport
import Testing

@testable import OctopusSession

/// The protocol of a connection, without a socket.
@Suite struct ConnectionTests {
  /// One of everything, in one stream.
  private static let conversation =
    request("PING") + "PING hello\r\n" + request("SET", "a { b: 1 }") + "GET a\r\n"
    + request("HELLO", "3") + request("GET", "missing") + request("NOSUCH", "x")
    + request("GET", "bad {") + request("MULTI") + request("SET", "c { d: 2 }")
    + request("COUNT", "_") + request("EXEC") + request("MULTI") + request("GET")
    + request("EXEC") + request("OBSERVE", "_") + request("SET", "e { f: 'two\r\nlines' }")
    + request("SUBSCRIBE", "x", "y { z: 1 }") + request("PUBLISH", "x { q: 1 }")
    + request("UNSUBSCRIBE") + request("ECHO", "it's") + request("CLIENT", "SETNAME", "me")
    + request("CLIENT", "GETNAME") + request("RESET") + request("FIND", "_") + "QUIT\r\n"
    + request("PING")

  private static func run(_ pieces: [ArraySlice<UInt8>]) -> String {
    let server = SessionHarness()
    let client = server.connect()
    for piece in pieces { server.send(piece, to: client) }
    return server.read(client)
  }

  @Test func everySplitOfTheInputGivesTheSameOutput() {
    let bytes = Array(Self.conversation.utf8)
    let whole = Self.run([bytes[...]])
    #expect(whole.hasPrefix("+PONG\r\n$5\r\nhello\r\n+OK\r\n$10\r\na { b: 1 }\r\n%7\r\n"))
    #expect(whole.hasSuffix("+OK\r\n"), "nothing follows QUIT")
    for split in 0...bytes.count {
      #expect(Self.run([bytes[..<split], bytes[split...]]) == whole, "split at \(split)")
    }
    #expect(Self.run(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
  }

  @Test func protocolErrorIsAnsweredAndClosesTheConnection() {
    let server = SessionHarness()
    let client = server.connect()
    let answer = server.exchange(request("PING") + "*1\r\n$-5\r\n" + request("PING"), on: client)
    #expect(answer == "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n")
    #expect(server.isClosing(client))
  }

  @Test func incompleteRequestWaitsForTheRest() {
    let server = SessionHarness()
    let client = server.connect()
    #expect(server.exchange("*2\r\n$4\r\nEC", on: client) == "")
    #expect(server.exchange("HO\r\n$2\r\nhi\r\n", on: client) == "$2\r\nhi\r\n")
  }

  @Test func helloSwitchesTheVersionOfLaterReplies() {
    let server = SessionHarness()
    let client = server.connect()
    server.takesOutput = false
    server.send(request("GET", "x") + request("HELLO", "3") + request("GET", "x"), to: client)
    let output = server.read(client)
    #expect(output.hasPrefix("$-1\r\n%7\r\n"))
    #expect(output.hasSuffix("_\r\n"))
    #expect(server.exchange(request("HELLO", "4"), on: client).hasPrefix("-NOPROTO "))
  }

  @Test func commandsAboutOtherConnectionsAreRefusedInProcess() {
    let server = SessionHarness()
    let client = server.connect()
    for command in [["TIME"], ["MONITOR"], ["CLIENT", "LIST"], ["SLOWLOG", "LEN"]] {
      var encoder = RESPEncoder(version: .two)
      encoder.command(command)
      server.send(encoder.bytes, to: client)
      #expect(server.read(client).hasPrefix("-ERR an engine in this process has no connections"))
    }
    #expect(server.exchange("INFO\r\n", on: client).contains("connected_clients:1"))
  }
}

/// MULTI, EXEC and DISCARD, which Redis defines.
@Suite struct TransactionTests {
  private let server = SessionHarness()

  @Test func queuedCommandsRunInOneStep() {
    let client = server.connect()
    let script = request("MULTI") + request("SET", "a") + request("NAMES", "_") + request("EXEC")
    #expect(
      server.exchange(script, on: client)
        == "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n*1\r\n$1\r\na\r\n")
    #expect(server.exchange(request("MULTI") + request("EXEC"), on: client) == "+OK\r\n*0\r\n")
  }

  @Test func execDiscardAndNestedMultiOutOfOrderAreErrors() {
    let client = server.connect()
    #expect(server.exchange(request("EXEC"), on: client) == "-ERR EXEC without MULTI\r\n")
    #expect(server.exchange(request("DISCARD"), on: client) == "-ERR DISCARD without MULTI\r\n")
    let nested = server.exchange(request("MULTI") + request("MULTI"), on: client)
    #expect(nested == "+OK\r\n-ERR MULTI calls can not be nested\r\n")
  }

  @Test func discardDropsQueuedCommands() {
    let client = server.connect()
    let script =
      request("MULTI") + request("SET", "a") + request("DISCARD") + request("EXISTS", "a")
    #expect(server.exchange(script, on: client) == "+OK\r\n+QUEUED\r\n+OK\r\n:0\r\n")
  }

  @Test(arguments: [
    ["NOSUCH"], ["GET"], ["GET", "bad {"], ["WAITFOR", "x"], ["SUBSCRIBE", "x"],
    ["GET", "x", "TRIGGER", "SET"], ["OBSERVE", "x"],
  ])
  func refusedCommandAbortsTheTransaction(_ command: [String]) {
    let client = server.connect()
    var encoder = RESPEncoder(version: .two)
    encoder.command(command)
    server.send(request("MULTI") + request("SET", "a"), to: client)
    _ = server.read(client)
    server.send(encoder.bytes, to: client)
    #expect(server.read(client).hasPrefix("-"))
    #expect(
      server.exchange(request("EXEC") + request("EXISTS", "a"), on: client)
        == "-EXECABORT Transaction discarded because of previous errors.\r\n:0\r\n")
  }

  @Test func tooManyQueuedCommandsAreRefused() {
    let client = server.connect()
    let script =
      request("MULTI") + String(repeating: "DBSIZE\r\n", count: SessionLimits.transactionCommands)
    #expect(!server.exchange(script, on: client).contains("-"))
    #expect(server.exchange("DBSIZE\r\n", on: client).hasPrefix("-LIMIT "))
    #expect(server.exchange("EXEC\r\n", on: client).hasPrefix("-EXECABORT "))
  }

  @Test func tooManyQueuedBytesAreRefused() throws {
    var transaction = QueuedTransaction()
    let text = String(repeating: "x", count: Limits.recordBytes - 100)
    let command = Command(.publish(try Record(parsing: "a { text: '\(text)' }")))
    let count = SessionLimits.transactionBytes / command.footprint
    for _ in 0..<count { try transaction.append(command) }
    let failure = #expect(throws: Failure.self) { try transaction.append(command) }
    #expect(failure?.code == .limit)
    #expect(transaction.commands.count == count)
    #expect(transaction.footprint == count * command.footprint)
  }
}

/// AUTH and HELLO with a password.
@Suite struct AuthenticationTests {
  private let server = SessionHarness()

  @Test func commandsBeforeThePasswordAreRefused() {
    let client = server.connect(.tcp, password: "secret")
    for command in ["GET x", "SET x", "INFO", "CLIENT LIST", "MULTI", "SUBSCRIBE x"] {
      #expect(server.exchange(command + "\r\n", on: client).hasPrefix("-NOAUTH "), "\(command)")
    }
    #expect(server.exchange("HELLO 3\r\n", on: client).hasPrefix("-NOAUTH "))
    #expect(server[client]?.session == nil)
  }

  @Test func largeRequestBeforeThePasswordClosesTheConnection() {
    let client = server.connect(.tcp, password: "secret")
    #expect(server.exchange("*1000\r\n", on: client).hasPrefix("-ERR Protocol error"))
    #expect(server.isClosing(client))
  }

  @Test(arguments: ["AUTH secret", "AUTH default secret", "HELLO 3 AUTH default secret"])
  func rightPasswordAuthenticates(_ command: String) {
    let client = server.connect(.tcp, password: "secret")
    #expect(!server.exchange(command + "\r\n", on: client).hasPrefix("-"))
    #expect(server.exchange("SET x\r\n", on: client) == "+OK\r\n")
  }

  @Test(arguments: ["AUTH wrong", "AUTH secre", "AUTH secrett", "AUTH \"\"", "AUTH root secret"])
  func wrongPasswordDoesNotAuthenticate(_ command: String) {
    let client = server.connect(.tcp, password: "secret")
    #expect(server.exchange(command + "\r\n", on: client).hasPrefix("-WRONGPASS "))
    #expect(server.exchange("SET x\r\n", on: client).hasPrefix("-NOAUTH "))
  }

  @Test func resetRequiresThePasswordAgain() {
    let client = server.connect(.tcp, password: "secret")
    #expect(server.exchange("AUTH secret\r\nRESET\r\nSET x\r\n", on: client).contains("-NOAUTH "))
  }

  @Test func unixSocketNeedsNoPassword() {
    let client = server.connect(.unix, password: "secret")
    #expect(server.exchange("SET x\r\nAUTH secret\r\n", on: client) == "+OK\r\n+OK\r\n")
    let open = SessionHarness()
    let other = open.connect()
    #expect(open.exchange("AUTH x\r\n", on: other).hasPrefix("-ERR AUTH <password> called"))
  }
}
