import Generators
import Testing

@testable import OctopusServer

/// When loops look at what their connections hold, and which are closed.
@Suite struct MemoryAccountTests {
  private typealias Candidate = Eviction<Int>.Candidate

  /// Against a search among all that are left.
  @Test func largestConnectionOfTheLargestUserIsNext() {
    var random = Random()
    print("MemoryAccountTests: OCTOPUS_TEST_SEED=\(random.seed)")
    for _ in 0..<200 {
      var left = (1...Int.random(in: 1...40, using: &random)).map {
        Candidate(
          connection: Int64($0), user: Int.random(in: 0..<5, using: &random),
          bytes: Int.random(in: 1...1_000_000, using: &random))
      }
      var eviction = Eviction(left)
      while !left.isEmpty {
        func held(_ user: Int) -> Int {
          left.filter { $0.user == user }.reduce(0) { $0 + $1.bytes }
        }
        let most = left.map { held($0.user) }.max()!
        guard let next = eviction.next() else {
          Issue.record("\(left.count) are left")
          return
        }
        #expect(held(next.user) == most)
        #expect(next.bytes == left.filter { $0.user == next.user }.map(\.bytes).max())
        left.removeAll { $0 == next }
      }
      #expect(eviction.next() == nil)
    }
  }

  /// Connections with buffers and with replies over records that the engine discards; a loop looks
  /// whenever a look is due. Between two looks they never hold more than the limit and the least
  /// distance.
  @Test func loopLooksBeforeTooMuchIsHeld() {
    var random = Random()
    print("MemoryAccountTests: OCTOPUS_TEST_SEED=\(random.seed)")
    for _ in 0..<100 {
      let limit = Int.random(in: 1 << 20...1 << 28, using: &random)
      let account = MemoryAccount(limit: limit, loops: 1)
      var (engine, discarded) = (0, 0)
      var buffers: [Int] = []
      var pins: [(size: Int, discardedBefore: Int)] = []
      let grain = limit / 64
      for _ in 0..<500 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0...1 where engine < limit:
          engine += Int.random(in: 0...grain, using: &random)
        case 2 where engine > 0:
          let less = Int.random(in: 0...min(engine, grain), using: &random)
          engine -= less
          discarded += less
        case 3:
          let more = Int.random(in: 0...grain, using: &random)
          buffers.append(more)
          account.addToConnections(more)
        case 4 where !buffers.isEmpty:
          account.addToConnections(-buffers.remove(at: 0))
        default:
          pins.append((Int.random(in: 0...engine, using: &random), discarded))
          if pins.count > 3 { pins.removeFirst() }
        }
        account.note(footprint: engine)
        account.note(discarded: discarded)
        func held() -> Int {
          buffers.reduce(0, +)
            + pins.reduce(0) { $0 + min($1.size, discarded - $1.discardedBefore) }
        }
        func excess() -> Int { min(engine, limit - account.reserve) + held() - limit }
        if account.isLookDue(for: account.shares[0]) {
          account.noteLook(for: account.shares[0], held: held())
          #expect(account.excess == excess())
          while excess() > 0 {
            if !buffers.isEmpty {
              account.addToConnections(-buffers.removeLast())
            } else {
              pins.removeLast()
            }
            account.noteLook(for: account.shares[0], held: held())
          }
        }
        // What a record takes that several replies hold, it takes once.
        let oldest = pins.map(\.discardedBefore).min() ?? discarded
        let pinned = min(pins.reduce(0) { $0 + $1.size }, discarded - oldest)
        let real = min(engine, limit - account.reserve) + buffers.reduce(0, +) + pinned
        #expect(real - limit <= max(grain, 64 << 10))
      }
    }
  }

  @Test func withoutALimitNoLoopLooks() {
    let account = MemoryAccount(loops: 2)
    account.addToConnections(1 << 40)
    account.note(footprint: 1 << 40)
    account.note(discarded: 1 << 40)
    #expect(
      !account.isLookDue(for: account.shares[0]) && !account.isLookDue(for: account.shares[1]))
    #expect(account.excess < 0)
  }

  @Test func placesOfAUserAreGivenBack() throws {
    let quota = ConnectionQuota(most: 2)
    var places = [quota.place(for: .id(1)), quota.place(for: .id(1))]
    #expect(places.allSatisfy { $0 != nil })
    #expect(quota.place(for: .id(1)) == nil)
    #expect(quota.place(for: .id(2)) != nil)
    places.removeLast()
    #expect(quota.place(for: .id(1)) != nil)
  }

  @Test(arguments: [(64, 48, 40), (20_000, 19_984, 19_968), (8, 6, 5)])
  func lastDescriptorsAreReserved(all: Int, connections: CInt, ordinary: CInt) {
    let shares = DescriptorShares(all)
    #expect(shares.connections == connections)
    #expect(shares.ordinaryConnections == ordinary)
  }
}
