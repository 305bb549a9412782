import Generators
import OctopusEngine
import OctopusJournal
import OctopusRecords
import TestSupport
import Testing

@testable import OctopusServer

/// While the revision mark cannot be raised, changes are refused and all else goes on.
@Suite struct ReadOnlyTests {
  private let folder: TemporaryDirectory
  private let log = LogCollector()

  init() throws { folder = try TemporaryDirectory() }

  /// Revisions are refused from 300 on, and 400 is the mark, until the disk works again.
  private func withServer(
    loops: Int, _ body: (TemporaryServer, FakeStorage) throws -> Void
  ) throws {
    let storage = try FakeStorage()
    var configuration = Configuration(socket: .init(path: folder.path + "/o.sock"))
    configuration.loops = loops
    configuration.revisionStride = 400
    let server = Server(configuration, logger: log.logger, markStorage: storage)
    try server.start()
    defer { server.stop() }
    try body(TemporaryServer(server: server, folder: folder), storage)
  }

  /// Changes something until that is refused; answers how often it could.
  @discardableResult
  private func exhaust(_ client: RESPClient) throws -> Int {
    var count = 0
    while true {
      let answer = try client.call("SET", "x")
      if answer.hasPrefix("-READONLY ") { return count }
      try #require(answer == "OK")
      count += 1
    }
  }

  private func revision(_ answer: String) throws -> Int64 {
    let last = answer.split(whereSeparator: { "[], ".contains($0) }).last
    return try #require(last.flatMap { Int64($0) }, "\(answer)")
  }

  @Test(arguments: [FakeStorage.Mode.fails, .hangs], [1, 3])
  func changesAreRefusedUntilRevisionsAreReserved(mode: FakeStorage.Mode, loops: Int) throws {
    try withServer(loops: loops) { server, storage in
      let client = try server.connect3()
      let other = try server.connect3()
      let waiting = try server.connect()
      storage.become(mode)
      #expect(try client.call("SET", "a", "{ n: 1 }", "TRIGGER", "ANY") == "[OK, 1]")
      #expect(try exhaust(client) == 299)
      for line in [
        "SET a", "SETSEQ a_", "UPDATE a {}", "DEL a", "LOCK l", "SEM NEW s 1",
        "BARRIER ENTER b 2", "SET new TRANSIENT TRIGGER ANY",
      ] {
        try client.send(line + "\r\n")
        #expect(try client.nextText().hasPrefix("-READONLY "), "\(line)")
      }
      try client.send("MULTI\r\nGET a\r\nSET a\r\nEXEC\r\n")
      for _ in 0..<3 { _ = try client.nextText() }
      #expect(try client.nextText().hasPrefix("-READONLY command 2 of 2: "))
      // Nothing of it was done, and all else goes on.
      #expect(try client.call("FIND", "_") == "[a { n: 1 }, x {}]")
      #expect(try client.call("DEL", "none") == "0")
      #expect(try client.call("GET", "a", "TRIGGER", "ANY") == "[a { n: 1 }, 2]")
      #expect(try client.call("UNTRIGGER", "2").hasPrefix(">[trigger, 2, removed"))
      #expect(try client.nextText() == "1")
      #expect(try other.call("SUBSCRIBE", "_") == ">[subscribe, _, 1]")
      #expect(try client.call("PUBLISH", "m") == "1")
      #expect(try other.nextText() == ">[message, _, m {}]")
      try waiting.send("WAITFOR y\r\n")
      let observer = try server.connect()
      // The thread that writes the mark has tried, and logged that it failed.
      if mode == .fails { log.wait(for: "error cannot raise the revision mark") }
      let info = try observer.call("INFO", "persistence")
      #expect(info.contains("revisions_reserved:400\r\n") && info.contains("_refusals:10\r\n"))
      if mode == .fails {
        #expect(info.contains("revision_mark_status:failing\r\n"), "\(info)")
        #expect(info.contains("_last_error:cannot write fake: No space left on device\r\n"))
      }
      #expect(log.count("error changes are refused (READONLY)") == 1)
      #expect(log.count("error cannot raise the revision mark") == (mode == .fails ? 1 : 0))

      storage.become(.works)
      log.wait(for: "notice the revision mark is raised again")
      #expect(try revision(client.call("SET", "y", "REV")) == 301)
      #expect(try waiting.nextText() == "y {}")
      #expect(
        try observer.call("INFO", "persistence").contains("revision_mark_status:ok\r\n"))
      #expect(storage.mark >= 700)
    }
  }

  @Test(arguments: [1, 3])
  func endedSessionPassesOnLocksWhileChangesAreRefused(loops: Int) throws {
    try withServer(loops: loops) { server, storage in
      let holder = try server.connect()
      let releasing = try server.connect()
      let clients = try (0..<3).map { _ in try server.connect() }
      storage.become(.fails)
      #expect(try clients[2].call("SEM", "NEW", "s", "1") == "OK")
      #expect(try holder.call("LOCK", "l").hasPrefix("["))
      #expect(try holder.call("SEM", "WAIT", "s") == "1")
      #expect(try releasing.call("LOCK", "r").hasPrefix("["))
      #expect(try holder.call("SET", "t", "TRANSIENT") == "OK")
      try clients[0].send("LOCK l\r\n")
      try clients[1].send("SEM WAIT s\r\n")
      try clients[2].wait(for: "waits", 2)
      try exhaust(clients[2])
      #expect(try releasing.call("UNLOCK", "r") == "1", "what is held can be given back")
      holder.close()
      #expect(try clients[0].nextText().hasSuffix(", l_1]"))
      #expect(try clients[1].nextText() == "1")
      #expect(try clients[2].call("EXISTS", "t") == "0")
      #expect(try clients[2].call("SET", "x").hasPrefix("-READONLY "))
    }
  }

  /// Even what nobody can refuse may come to more than the disk knows.
  @Test(arguments: [1, 3])
  func outputAboveTheMarkIsHeldBackUntilItIsOnDisk(loops: Int) throws {
    try withServer(loops: loops) { server, storage in
      let holder = try server.connect()
      let client = try server.connect()
      let waiting = try server.connect()
      storage.become(.fails)
      for number in 0..<250 { try holder.send("SET t\(number) TRANSIENT\r\n") }
      for _ in 0..<250 { #expect(try holder.nextText() == "OK") }
      try exhaust(client)
      try waiting.send("WAITFOR t0 GONE\r\n")
      try client.wait(for: "waits", 1)
      holder.close()
      // What the server says of itself needs no revision.
      try client.wait(for: "sessions", 2)
      #expect(try client.call("INFO", "octopus").contains("\r\nrevision:400\r\n"))
      try client.send("EXISTS t0 REV\r\n")
      storage.become(.works)
      let answer = try client.nextText()
      #expect(answer == "[0, 550]")
      #expect(storage.mark >= 550)
      #expect(try waiting.nextText() == "OK")
      #expect(try client.call("SET", "x") == "OK")
    }
  }

  @Test func failingDiskNeverRepeatsARevision() throws {
    let storage = try FakeStorage()
    var random = Random()
    print("ReadOnlyTests: OCTOPUS_TEST_SEED=\(random.seed)")
    var highest: Int64 = 0
    for _ in 0..<20 {
      let loops = Int.random(in: 1...3, using: &random)
      let mark = try HighWaterMark(storage, stride: 100)
      let engine = EngineHost(
        Engine(after: mark.start), mark: mark, loops: loops)
      var life = Life(engine, storage, highest)
      for _ in 0..<Int.random(in: 1...1_500, using: &random) { try life.go(using: &random) }
      highest = life.highest
      // As `kill -9` leaves it, at any moment; sometimes all is answered first.
      if Bool.random(using: &random) { try life.finish() }
      highest = life.highest
    }
    #expect(highest > 400)
  }

  /// One life of an engine whose disk does as it likes.
  private struct Life {
    let engine: EngineHost
    let storage: FakeStorage
    /// The highest revision that anybody has seen.
    private(set) var highest: Int64
    private let first: Int64
    private var nextRequest: Int64 = 0
    private var asked: Set<Int64> = []
    private var effects: [[Effect]]

    init(_ engine: EngineHost, _ storage: FakeStorage, _ highest: Int64) {
      (self.engine, self.storage, self.highest, first) =
        (engine, storage, highest, highest)
      effects = Array(repeating: [], count: engine.loops)
      for session in Int64(1)...4 { open(session) }
    }

    private mutating func open(_ session: Int64) { step(.opened(session, Principal()), session) }

    private mutating func step(_ input: Input, _ session: Int64) {
      let loop = LoopAssignment.loop(of: session, among: engine.loops)
      _ = engine.step(input, now: 0, for: loop, into: &effects[loop])
    }

    mutating func go(using random: inout Random) throws {
      let session = Int64.random(in: 1...4, using: &random)
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        step(.ended(session), session)
        // Its requests are answered by nobody, as those of a connection that has gone.
        open(session)
      case 1: try attempt(succeeds: Int.random(in: 0..<4, using: &random) == 0)
      case 2, 3: ask(Command(.size, wantsRevision: false), session)
      default:
        let name = "r\(Int.random(in: 0..<400, using: &random))"
        let write = Write(try Record(parsing: name))
        let isTransient = Bool.random(using: &random)
        ask(
          Command(.set(write, SetOptions(isTransient: isTransient)), wantsRevision: true), session)
      }
      try look()
    }

    private mutating func ask(_ command: Command, _ session: Int64) {
      nextRequest += 1
      asked.insert(nextRequest)
      step(.request(session, nextRequest, command), session)
    }

    /// What the keeper's thread does.
    private func attempt(succeeds: Bool) throws {
      guard let target = engine.beginAttempt() else { return }
      guard succeeds else { return engine.endAttempt(.damaged(path: "fake")) }
      try storage.write(target)
      _ = engine.endAttempt(reached: target)
    }

    /// Nothing is seen that the disk does not know, and no new revision that was seen in an earlier
    /// life.
    private mutating func look() throws {
      for loop in effects.indices {
        var mail = Mailbox()
        engine.collect(for: loop, into: &mail)
        mail.takeEffects(into: &effects[loop])
        for effect in effects[loop] {
          guard case .reply(_, let request, let reply, let revision) = effect else { continue }
          asked.remove(request)
          #expect(revision <= storage.mark)
          if case .array(let parts) = reply, case .integer(let given)? = parts.last {
            #expect(given > first && given <= storage.mark)
          }
          highest = max(highest, revision)
        }
        effects[loop].removeAll()
      }
      #expect(engine.statistics.revision <= storage.mark)
    }

    /// Once the disk works, everything is answered.
    mutating func finish() throws {
      while engine.beginAttempt() != nil { try attempt(succeeds: true) }
      try look()
      #expect(asked.isEmpty)
    }
  }
}
