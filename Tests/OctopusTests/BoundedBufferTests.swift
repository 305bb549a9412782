// The bounded buffer, alone and with random histories.

import Generators
import Testing

@testable import Octopus

struct BoundedBufferTests {
  typealias Buffer = BoundedBuffer<Int, String>

  @Test func elementsComeInOrder() {
    var buffer = Buffer(limit: 2)
    #expect(buffer.next().isEmpty)
    #expect(buffer.offer(1).isKept)
    #expect(buffer.offer(2).isKept)
    #expect(buffer.next().element == 1)
    #expect(buffer.offer(3).isKept)
    #expect(buffer.next().element == 2)
    #expect(buffer.next().element == 3)
    #expect(buffer.next().isEmpty)
  }

  @Test func elementGoesToTheWaitingConsumer() {
    var buffer = Buffer(limit: 1)
    #expect(buffer.wait("me").isEmpty)
    #expect(buffer.offer(1).consumer == "me")
    #expect(buffer.offer(2).isKept)
    #expect(buffer.wait("me").element == 2)
  }

  @Test func overflowComesAfterKeptElements() {
    var buffer = Buffer(limit: 1)
    #expect(buffer.offer(1).isKept)
    #expect(buffer.offer(2).isOverflow)
    #expect(buffer.offer(3).isEnded)
    #expect(buffer.next().element == 1)
    #expect(buffer.next().error == .overflow)
    #expect(buffer.next().isFinished)
  }

  @Test func errorIsReportedOnce() {
    var buffer = Buffer(limit: 4)
    #expect(buffer.wait("me").isEmpty)
    #expect(buffer.finish(.timeout) == "me")
    #expect(buffer.next().isFinished)
    #expect(buffer.finish(.overflow) == nil)
    #expect(buffer.next().isFinished)

    var other = Buffer(limit: 4)
    #expect(other.offer(1).isKept)
    #expect(other.finish(.timeout) == nil)
    #expect(other.next().element == 1)
    #expect(other.next().error == .timeout)
    #expect(other.next().isFinished)
  }

  @Test func abandonedBufferDropsItsElements() {
    var buffer = Buffer(limit: 4)
    #expect(buffer.offer(1).isKept)
    #expect(buffer.abandon(.cancelled) == nil)
    #expect(buffer.offer(2).isEnded)
    #expect(buffer.next().error == .cancelled)
    #expect(buffer.next().isFinished)
  }

  /// The consumer gets all offered elements in order, up to the end or to the bound.
  @Test func randomHistoriesLoseNoElement() {
    var random = Random()
    print("seed \(random.seed)")
    for _ in 0..<2_000 {
      let limit = Int.random(in: 1...5, using: &random)
      var buffer = Buffer(limit: limit)
      var (offered, given) = ([Int](), [Int]())
      var isWaiting = false
      var ending: OctopusError??
      for number in 0..<30 {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
          switch buffer.offer(number) {
          case .kept:
            offered.append(number)
            #expect(offered.count - given.count <= limit)
          case .handOver:
            #expect(isWaiting)
            isWaiting = false
            offered.append(number)
            given.append(number)
          case .overflowed:
            #expect(offered.count - given.count == limit)
            ending = .some(.overflow)
          case .ended: #expect(ending != nil)
          }
        case 5..<9:
          guard !isWaiting else { continue }
          switch buffer.wait("w") {
          case .element(let element): given.append(element)
          case .failed(let error):
            #expect(ending == .some(error))
            #expect(given == offered)
          case .finished: #expect(ending != nil && given == offered)
          case .empty: isWaiting = true
          }
        default:
          let waiter = buffer.finish(nil)
          #expect((waiter != nil) == isWaiting)
          isWaiting = false
          if ending == nil { ending = .some(nil) }
        }
        #expect(given == Array(offered.prefix(given.count)))
      }
    }
  }
}

extension BoundedBuffer.Offer {
  var isKept: Bool { if case .kept = self { true } else { false } }
  var isOverflow: Bool { if case .overflowed = self { true } else { false } }
  var isEnded: Bool { if case .ended = self { true } else { false } }
  var consumer: Waiter? { if case .handOver(let waiter) = self { waiter } else { nil } }
}

extension BoundedBuffer.Next {
  var element: Element? { if case .element(let element) = self { element } else { nil } }
  var error: OctopusError? { if case .failed(let error) = self { error } else { nil } }
  var isFinished: Bool { if case .finished = self { true } else { false } }
  var isEmpty: Bool { if case .empty = self { true } else { false } }
}
