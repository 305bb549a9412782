import OctopusEngine
import OctopusRecords
import RESP
import ServerSupport
import Testing

@testable import OctopusServer

/// A connection's behaviour, without a socket.
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
    let desk = Desk()
    let client = desk.connect()
    for piece in pieces { desk.send(piece, to: client) }
    return desk.read(client)
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

  @Test func somethingThatIsNotTheProtocolIsAnsweredAndEndsTheConnection() {
    let desk = Desk()
    let client = desk.connect()
    let answer = desk.exchange(request("PING") + "*1\r\n$-5\r\n" + request("PING"), on: client)
    #expect(answer == "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n")
    #expect(desk[client].isClosing)
  }

  @Test func halfAFrameIsWaitedFor() {
    let desk = Desk()
    let client = desk.connect()
    #expect(desk.exchange("*2\r\n$4\r\nEC", on: client) == "")
    #expect(desk.exchange("HO\r\n$2\r\nhi\r\n", on: client) == "$2\r\nhi\r\n")
  }

  @Test func helloSwitchesTheVersionForWhatComesAfter() {
    let desk = Desk()
    let client = desk.connect()
    desk.isWriting = false
    desk.send(request("GET", "x") + request("HELLO", "3") + request("GET", "x"), to: client)
    let output = desk.read(client)
    #expect(output.hasPrefix("$-1\r\n%7\r\n"))
    #expect(output.hasSuffix("_\r\n"))
    #expect(desk.exchange(request("HELLO", "4"), on: client).hasPrefix("-NOPROTO "))
  }

  @Test func whatOnlyTheHostKnowsIsAskedOfIt() {
    let desk = Desk()
    let client = desk.connect()
    let commands = [["INFO"], ["TIME"], ["MONITOR"], ["CLIENT", "LIST"], ["SLOWLOG", "LEN"]]
    for command in commands {
      var encoder = RESPEncoder(version: .two)
      encoder.command(command)
      desk.send(encoder.bytes, to: client)
      #expect(desk.read(client) == "+HOST\r\n")
    }
    #expect(desk.hostCommands.count == commands.count)
  }
}

/// MULTI, EXEC and DISCARD, as Redis has them.
@Suite struct TransactionTests {
  private let desk = Desk()

  @Test func queuedCommandsAreOneStep() {
    let client = desk.connect()
    let script = request("MULTI") + request("SET", "a") + request("NAMES", "_") + request("EXEC")
    #expect(
      desk.exchange(script, on: client)
        == "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n*1\r\n$1\r\na\r\n")
    #expect(desk.exchange(request("MULTI") + request("EXEC"), on: client) == "+OK\r\n*0\r\n")
  }

  @Test func outOfPlaceCommandsAreErrors() {
    let client = desk.connect()
    #expect(desk.exchange(request("EXEC"), on: client) == "-ERR EXEC without MULTI\r\n")
    #expect(desk.exchange(request("DISCARD"), on: client) == "-ERR DISCARD without MULTI\r\n")
    let nested = desk.exchange(request("MULTI") + request("MULTI"), on: client)
    #expect(nested == "+OK\r\n-ERR MULTI calls can not be nested\r\n")
  }

  @Test func discardForgets() {
    let client = desk.connect()
    let script =
      request("MULTI") + request("SET", "a") + request("DISCARD") + request("EXISTS", "a")
    #expect(desk.exchange(script, on: client) == "+OK\r\n+QUEUED\r\n+OK\r\n:0\r\n")
  }

  @Test(arguments: [
    ["NOSUCH"], ["GET"], ["GET", "bad {"], ["WAITFOR", "x"], ["SUBSCRIBE", "x"],
    ["GET", "x", "TRIGGER", "SET"], ["OBSERVE", "x"],
  ])
  func aRefusedCommandAbortsTheTransaction(_ command: [String]) {
    let client = desk.connect()
    var encoder = RESPEncoder(version: .two)
    encoder.command(command)
    desk.send(request("MULTI") + request("SET", "a"), to: client)
    _ = desk.read(client)
    desk.send(encoder.bytes, to: client)
    #expect(desk.read(client).hasPrefix("-"))
    #expect(
      desk.exchange(request("EXEC") + request("EXISTS", "a"), on: client)
        == "-EXECABORT Transaction discarded because of previous errors.\r\n:0\r\n")
  }

  @Test func itHasALimit() {
    let client = desk.connect()
    let script =
      request("MULTI") + String(repeating: "DBSIZE\r\n", count: Limits.transactionCommands)
    #expect(!desk.exchange(script, on: client).contains("-"))
    #expect(desk.exchange("DBSIZE\r\n", on: client).hasPrefix("-LIMIT "))
    #expect(desk.exchange("EXEC\r\n", on: client).hasPrefix("-EXECABORT "))
  }

  @Test func itsBytesHaveALimit() throws {
    var transaction = Transaction()
    try transaction.queue(Command(.size), byteCount: Limits.transactionBytes - 1)
    try transaction.queue(Command(.size), byteCount: 1)
    let failure = #expect(throws: Failure.self) {
      try transaction.queue(Command(.size), byteCount: 1)
    }
    #expect(failure?.code == .limit)
    #expect(transaction.commands.count == 2)
  }
}

/// Before the password.
@Suite struct AuthenticationTests {
  private let desk = Desk()

  @Test func aStrangerMaySayLittle() {
    let client = desk.connect(.tcp, password: "secret")
    for command in ["GET x", "SET x", "INFO", "CLIENT LIST", "MULTI", "SUBSCRIBE x"] {
      #expect(desk.exchange(command + "\r\n", on: client).hasPrefix("-NOAUTH "), "\(command)")
    }
    #expect(desk.exchange("HELLO 3\r\n", on: client).hasPrefix("-NOAUTH "))
    #expect(desk[client].session == nil)
    #expect(desk.hostCommands.isEmpty)
  }

  @Test func aStrangerCannotSayMuchAtOnce() {
    let client = desk.connect(.tcp, password: "secret")
    #expect(desk.exchange("*1000\r\n", on: client).hasPrefix("-ERR Protocol error"))
    #expect(desk[client].isClosing)
  }

  @Test(arguments: ["AUTH secret", "AUTH default secret", "HELLO 3 AUTH default secret"])
  func thePasswordLetsIn(_ command: String) {
    let client = desk.connect(.tcp, password: "secret")
    #expect(!desk.exchange(command + "\r\n", on: client).hasPrefix("-"))
    #expect(desk.exchange("SET x\r\n", on: client) == "+OK\r\n")
  }

  @Test(arguments: ["AUTH wrong", "AUTH secre", "AUTH secrett", "AUTH \"\"", "AUTH root secret"])
  func anythingElseDoesNot(_ command: String) {
    let client = desk.connect(.tcp, password: "secret")
    #expect(desk.exchange(command + "\r\n", on: client).hasPrefix("-WRONGPASS "))
    #expect(desk.exchange("SET x\r\n", on: client).hasPrefix("-NOAUTH "))
  }

  @Test func resetForgetsThePassword() {
    let client = desk.connect(.tcp, password: "secret")
    #expect(desk.exchange("AUTH secret\r\nRESET\r\nSET x\r\n", on: client).contains("-NOAUTH "))
  }

  @Test func onAUnixSocketTheFilesModeHasDecided() {
    let client = desk.connect(.unix, password: "secret")
    #expect(desk.exchange("SET x\r\nAUTH secret\r\n", on: client) == "+OK\r\n+OK\r\n")
    let open = Desk()
    let other = open.connect()
    #expect(open.exchange("AUTH x\r\n", on: other).hasPrefix("-ERR AUTH <password> called"))
  }
}
