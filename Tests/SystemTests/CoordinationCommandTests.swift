import Glibc
import Testing

/// Programs that hold locks, permits and parts of barriers: with signals, and some are killed.
@Suite struct CoordinationCommandTests {
  /// One holder after the other, in the order of coming and with growing tokens; the dead are
  /// passed over.
  @Test func lockPassesToTheNextInOrder() async throws {
    let server = try await Octopusd()
    var crowd: [RunningProgram] = []
    for number in 0..<9 {
      crowd.append(try octopus(["lock", "l", "--"] + holder, server))
      // Each has come before the next does.
      _ = try await server.octopus("wait", "--count", "\(number + 1)", "_ { lock: 'l' }")
    }
    for waiter in [2, 3, 8] {
      crowd[waiter].process.kill(waiter == 3 ? SIGTERM : SIGKILL)
      _ = await crowd[waiter].process.wait()
    }
    _ = try await server.octopus("wait", "--gone", "r'^l_[238]$'")
    var tokens: [Int] = []
    for number in [0, 1, 4, 5, 6, 7] {
      let line = try #require(try await crowd[number].output.readLine())
      tokens.append(try #require(Int(line)))
      #expect(
        try await server.octopus("get", "_ { lock: 'l' }").output == "l_\(number) { lock: 'l' }\n")
      if number == 1 || number == 5 {
        crowd[number].process.kill(SIGKILL)
      } else {
        crowd[number].input.write("go\n")
        #expect(await crowd[number].process.wait() == .init(code: 7))
      }
    }
    #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0 < $1 }, "\(tokens)")
    #expect(try await server.octopus("names").output == "")
  }

  @Test func sharedHoldersRunTogether() async throws {
    let server = try await Octopusd()
    let shared = try (0..<2).map { _ in
      try octopus(["lock", "l", "--shared", "--"] + holder, server)
    }
    for one in shared { #expect(try await one.output.readLine() != nil) }
    let exclusive = try octopus(["lock", "l", "--"] + holder, server)
    _ = try await server.octopus("wait", "--count", "3", "_ { lock: 'l' }")
    let late = try await server.octopus("lock", "--shared", "-n", "l", "--", "echo", "overtakes")
    #expect(late.status == .init(code: 1))
    #expect(late.output == "")
    for one in shared { one.input.write("go\n") }
    #expect(try await exclusive.output.readLine() != nil)
    exclusive.input.write("go\n")
    #expect(await exclusive.process.wait() == .init(code: 7))
  }

  /// The next command finds the hold free.
  @Test func holdIsFreeWhenTheCommandReturns() async throws {
    let server = try await Octopusd()
    for _ in 0..<4 {
      for command in [["lock", "-n", "l"], ["sem", "--new", "1", "-n", "s"], ["register", "r"]] {
        let outcome = try await octopus(command + ["--", "true"], server).outcome()
        #expect(outcome.status == .init(code: 0), "\(command): \(outcome.errors)")
      }
    }
  }

  @Test func exitStatusSaysHowTheCommandEnded() async throws {
    let server = try await Octopusd()
    let holding = try octopus(["lock", "l", "--"] + holder, server)
    #expect(try await holding.output.readLine() != nil)
    _ = try await server.octopus("sem", "--new", "2", "s")
    _ = try await server.octopus("sem", "--new", "0", "none-yet")
    let cases: [(arguments: [String], code: Int32, says: String)] = [
      (["lock", "l"], 2, "after --"),
      (["lock", "l", "-n", "--timeout", "1", "--", "true"], 2, "exclude"),
      (["lock", "l", "-n", "--", "true"], 1, ""),
      (["lock", "l", "--timeout", "20ms", "--", "true"], 124, ""),
      (["lock", "other", "--", "no-such-program"], 127, "no-such-program"),
      (["elect", "e", "--with", "{ a: }", "--", "true"], 2, "syntax error"),
      (["elect", "e", "--with", "{ lock: 'x' }", "--", "true"], 2, "SYNTAX"),
      (["sem", "none", "--", "true"], 2, "NOSEM"), (["sem", "--new", "3", "s"], 2, "BUSY"),
      (["sem", "--new", "2", "s"], 0, ""), (["sem", "s", "3", "-n", "--", "true"], 2, "LIMIT"),
      (["sem", "none-yet", "-n", "--", "true"], 1, ""),
      (["sem", "s", "0", "--", "true"], 2, "At least one"),
      (["sem", "s", "3", "--timeout", "20ms", "--", "true"], 2, "LIMIT"),
      (["sem", "none-yet", "--timeout", "20ms", "--", "true"], 124, ""),
      (["sem", "s", "2", "--", "sh", "-c", "exit 6"], 6, ""),
      (["barrier", "b", "2", "--timeout", "20ms", "--", "true"], 124, ""),
      (["barrier", "b", "1", "--", "sh", "-c", "exit 6"], 6, ""), (["barrier", "b", "1"], 0, ""),
      (["barrier", "b", "0"], 2, ""),
    ]
    for (arguments, code, says) in cases {
      let outcome = try await octopus(arguments, server).outcome()
      #expect(outcome.status == .init(code: code), "\(arguments): \(outcome.errors)")
      #expect(
        says.isEmpty || outcome.errors.contains(says), "\(arguments): \(outcome.errors)")
    }
    holding.input.write("go\n")
    #expect(await holding.process.wait() == .init(code: 7))
  }

  @Test func deletedHoldTerminatesTheProgram() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("sem", "--new", "1", "s")
    let holding = try [["lock", "l"], ["sem", "s"], ["barrier", "b", "1"]].map {
      try octopus($0 + ["--"] + holder, server)
    }
    for one in holding { #expect(try await one.output.readLine() != nil) }
    // A waiter whose member is deleted.
    let waiting = try octopus(["lock", "l", "--"] + holder, server)
    _ = try await server.octopus("wait", "l_1")
    _ = try await server.octopus("del", "l_1")
    let outcome = await waiting.outcome()
    #expect(outcome.status == .init(code: 3) && outcome.errors.contains("GONE"), "\(outcome)")

    _ = try await server.octopus("del", "--all", "r'^(l_0|s|b_0)$'")
    for one in holding {
      let outcome = await one.outcome()
      #expect(outcome.status == .init(code: 3))
      #expect(outcome.output == "ends\n")
      #expect(outcome.errors.contains("was deleted"), "\(outcome.errors)")
    }
  }

  @Test func endOfTheServerTerminatesTheProgram() async throws {
    let server = try await Octopusd()
    let commands = [
      ["lock", "l"], ["elect", "e"], ["sem", "--new", "1", "s"], ["barrier", "b", "1"],
    ]
    let holding = try commands.map { try octopus($0 + ["--"] + holder, server) }
    for one in holding { #expect(try await one.output.readLine() != nil) }
    _ = await server.stop()
    for one in holding {
      let outcome = await one.outcome()
      #expect(outcome.status == .init(code: 3))
      #expect(outcome.output == "ends\n")
      #expect(outcome.errors.contains("connection is lost"), "\(outcome.errors)")
    }
  }

  /// A leader that is voted out stands for election again, after those that have waited.
  @Test func deletedLeaderStandsForElectionAgain() async throws {
    let server = try await Octopusd()
    var candidates: [RunningProgram] = []
    for number in 0..<2 {
      candidates.append(
        try octopus(["elect", "boss", "--with", "{ addr: \(number) }", "--"] + holder, server))
      _ = try await server.octopus("wait", "--count", "\(number + 1)", "_ { lock: 'boss' }")
    }
    var last = 0
    for turn in 0..<4 {
      let line = try #require(try await candidates[turn % 2].output.readLine())
      #expect(Int(line).map { $0 > last } == true, "\(line) after \(last)")
      last = Int(line) ?? last
      #expect(
        try await server.octopus("lookup", "_ { lock: 'boss' }", "--attribute", "addr").output
          == "\(turn % 2)\n")
      _ = try await server.octopus("del", "boss_\(turn)")
      #expect(try await candidates[turn % 2].output.readLine() == "ends")
      // It has come before the next one goes.
      _ = try await server.octopus("wait", "boss_\(turn + 2)")
    }
    // It resigns when its program ends.
    #expect(try await candidates[0].output.readLine() != nil)
    candidates[0].input.write("go\n")
    #expect(await candidates[0].process.wait() == .init(code: 7))
    #expect(try await candidates[1].output.readLine() != nil)
    candidates[1].process.kill(SIGKILL)
    #expect(try await server.octopus("wait", "--gone", "_").status == .init(code: 0))
  }

  @Test func permitsComeBackWhenTheHolderIsKilled() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("sem", "--new", "3", "s")
    let two = try octopus(["sem", "s", "2", "--"] + holder, server)
    #expect(try await two.output.readLine() != nil)
    let three = try octopus(["sem", "s", "3", "--"] + holder, server)
    _ = try await server.octopus("wait", "_ { semaphore: 's', state: waiting }")
    // One is free, but somebody waits for more.
    #expect(try await server.octopus("sem", "s", "-n", "--", "true").status == .init(code: 1))
    two.process.kill(SIGKILL)
    #expect(try await three.output.readLine() != nil)
    three.input.write("go\n")
    #expect(await three.process.wait() == .init(code: 7))
    #expect(
      try await server.octopus("lookup", "s", "--attribute", "permits").output == "3\n")
  }

  @Test func partiesStartAndReturnTogether() async throws {
    let server = try await Octopusd()
    let command = ["barrier", "b", "3", "--"] + holder
    for isKilled in [false, true] {
      let parties = [try octopus(command, server), try octopus(command, server)]
      _ = try await server.octopus("wait", "--count", "2", "_ { barrier: 'b' }")
      // A party without a program does not wait for the others' end.
      #expect(try await server.octopus("barrier", "b", "3").status == .init(code: 0))
      for one in parties { #expect(try await one.output.readLine() != nil) }
      parties[0].input.write("go\n")
      if isKilled { parties[1].process.kill(SIGKILL) } else { parties[1].input.write("go\n") }
      let outcome = await parties[0].outcome()
      #expect(outcome.status == .init(code: 7))
      #expect(outcome.errors.contains("BROKEN") == isKilled, "\(outcome.errors)")
      // It is ended with its object, which an optimizer would let go before.
      #expect(
        await parties[1].process.wait() == (isKilled ? .init(signal: SIGKILL) : .init(code: 7)))
      #expect(try await server.octopus("wait", "--gone", "_").status == .init(code: 0))
    }
  }
}

/// Says its token, or nothing much; a line of input ends it with status 7, and so does SIGTERM with
/// words.
private let holder = [
  "perl", "-e",
  "$| = 1; $SIG{TERM} = sub { print qq(ends\\n); exit 5 }; print qq($ENV{OCTOPUS_FENCING_TOKEN}\\n); "
    + "<STDIN>; exit 7",
]
