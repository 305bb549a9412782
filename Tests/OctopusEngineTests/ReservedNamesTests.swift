import OctopusRecords
import Testing

@testable import OctopusEngine

/// Ordinary clients (session 2) write, lock and publish nothing under reserved names,
/// administrators (session 1) do.
@Suite struct ReservedNamesTests {
  private func bench() -> Bench {
    var bench = Bench(sessions: 0)
    _ = bench.step(.opened(1, Principal(userID: 0, isAdministrator: true)))
    _ = bench.step(.opened(2, Principal(userID: 7)))
    bench.set(1, "hw.usb { a: 1 }")
    bench.set(1, "app { a: 1 }")
    _ = bench.ask(1, .newSemaphore(Array("kaluga.pool".utf8), permits: 1))
    return bench
  }

  private static let refused: [Operation] = [
    .set("hw.usb { a: 2 }", SetOptions()),
    .set("hw.absent", SetOptions(only: .present)),
    .set("octopus.x", SetOptions(isTransient: true)),
    .set("kaluga.x { a: 1, a == 7 }", SetOptions(ifRevision: 3)),
    .setSequential("hw.dev_", SetSequentialOptions(isTransient: true, returnsRecord: true)),
    .update("hw.usb { b: 1 }", UpdateOptions()),
    .update("hw.absent { b: 1 }", UpdateOptions()),
    .delete(["hw.usb"], DeleteOptions()),
    .delete(["hw.absent"], DeleteOptions()),
    .delete(["app", "hw.usb"], DeleteOptions()),
    .delete(["_"], DeleteOptions(deletesAll: true)),
    .delete(["app", "_ { a: 1 }"], DeleteOptions(deletesAll: true)),
    .publish("kaluga.request { verb: stop }"),
    .lock(LockRequest(Array("kaluga.l".utf8))),
    .newSemaphore(Array("hw.pool".utf8), permits: 1),
    .takePermits(PermitRequest(Array("kaluga.pool".utf8))),
    .tryPermits(PermitRequest(Array("kaluga.pool".utf8))),
    .postPermits(PermitRequest(Array("kaluga.pool".utf8))),
    .enterBarrier(BarrierRequest(Array("octopus.b".utf8))),
  ]

  /// A new operation does not compile here until it is told whether it needs a refusal above.
  private func writesNames(_ operation: OctopusEngine.Operation) -> Bool {
    switch operation {
    case .set, .setSequential, .update, .delete, .publish, .lock, .newSemaphore, .takePermits,
      .tryPermits, .postPermits, .enterBarrier:
      true
    case .get, .names, .find, .exists, .count, .countPage, .explain, .size, .waitFor, .sync,
      .untrigger, .observe, .subscribe, .unsubscribe, .patternSubscribe, .patternUnsubscribe:
      false
    // These give up what the session has.
    case .cancel, .unlock, .leaveBarrier: false
    }
  }

  @Test func everyOperationThatWritesNamesIsCovered() {
    func kind(_ operation: OctopusEngine.Operation) -> Substring? {
      "\(operation)".split(separator: "(").first
    }
    #expect(Self.refused.allSatisfy(writesNames))
    #expect(Set(Self.refused.compactMap(kind)).count == 11)
  }

  @Test func ordinaryClientsAreRefusedAndNothingChanges() {
    for operation in Self.refused {
      var bench = bench()
      let before = bench.ask(1, .find("_", Page()))
      #expect(bench.ask(2, operation).map { String($0.suffix(7)) } == ["-NOPERM"], "\(operation)")
      #expect(content(bench.ask(1, .find("_", Page()))) == content(before), "\(operation)")
    }
  }

  @Test func ordinaryClientsAreRefusedInTransactionsAndDeferred() {
    for operation in Self.refused {
      var bench = bench()
      let isQueued = !operation.traits.contains(.blocking)
      if case .tryPermits = operation { continue }
      let lines =
        isQueued
        ? bench.ask(2, [.set("mine", SetOptions()), operation])
        : bench.ask(2, Command(operation, deferTag: [116]))
      #expect(lines.last?.hasSuffix("-NOPERM") ?? false, "\(operation): \(lines)")
      #expect(bench.ask(1, .exists(["mine"])).last?.hasSuffix(": 0") ?? false)
    }
  }

  @Test func administratorsMayWriteReservedNames() {
    for operation in Self.refused {
      var bench = bench()
      let lines = bench.ask(1, operation)
      #expect(!lines.contains { $0.hasSuffix("-NOPERM") }, "\(operation): \(lines)")
    }
  }

  @Test func ordinaryClientsMayReadAllAndWriteOtherNames() {
    var bench = bench()
    let allowed: [Operation] = [
      .set("hw", SetOptions()), .set("hwx.a", SetOptions()), .set("kaluga", SetOptions()),
      .set("octopus_1", SetOptions()), .set("my.hw.usb", SetOptions()), .publish("hw"),
      .get("hw.usb"), .find("r'^hw'", Page()), .delete(["r'^my'"], DeleteOptions(deletesAll: true)),
      .waitFor("hw.usb", .match, timeoutMilliseconds: 0), .observe("r'^kaluga'"),
      .lock(LockRequest(Array("hw".utf8))), .unlock(Array("kaluga.l".utf8), task: []),
    ]
    for operation in allowed {
      let lines = bench.ask(2, operation)
      #expect(!lines.contains { $0.contains(" -") }, "\(operation): \(lines)")
    }
  }

  private func content(_ lines: [String]) -> Substring? {
    lines.last?.split(separator: ": ", maxSplits: 1).last
  }
}
