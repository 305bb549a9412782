/// Decides whether a concurrent history could have happened one operation after the other.
///
/// The search is Wing and Gong's ("Testing and Verifying Concurrent Objects", 1993) with Lowe's
/// memo ("Testing for Linearizability", 2017), as in Porcupine: take any operation that began
/// before the first outstanding one ended, if the model allows what it answered; never look twice
/// at the same set of operations with the same state. Worst case exponential; quick where answers
/// say much.
struct Linearizability<Model: SequentialModel> {
  struct Operation {
    var action: Model.Action
    /// Nil: the client never learned it; the operation may have happened, at any time, or not.
    var answer: Model.Answer?
    /// When it began and ended, on one clock for all clients. Without an answer the end is never.
    var begin: Int
    var end: Int
  }

  /// The longest order that was found, and the operations that could not follow it.
  struct Verdict {
    var isLinearizable: Bool
    var longest: [Operation]
  }

  private struct Seen: Hashable {
    var done: Set<Int>
    var state: Model
  }

  static func check(_ history: [Operation], from initial: Model) -> Verdict {
    let operations = history.sorted { $0.begin < $1.begin }
    let mustHappen = operations.indices.filter { operations[$0].answer != nil }
    var seen: Set<Seen> = []
    var stack: [(state: Model, index: Int)] = []
    var done: Set<Int> = []
    var longest: [Int] = []
    var state = initial
    var next = 0
    while true {
      if mustHappen.allSatisfy(done.contains) {
        return Verdict(isLinearizable: true, longest: stack.map { operations[$0.index] })
      }
      if let (index, after) = step(operations, done, state, from: next, &seen) {
        stack.append((state, index))
        done.insert(index)
        state = after
        next = 0
        if stack.count > longest.count { longest = stack.map(\.index) }
      } else if let last = stack.popLast() {
        done.remove(last.index)
        state = last.state
        next = last.index + 1
      } else {
        return Verdict(isLinearizable: false, longest: longest.map { operations[$0] })
      }
    }
  }

  /// The first operation from an index on that can come next and leads to something new.
  private static func step(
    _ operations: [Operation], _ done: Set<Int>, _ state: Model, from start: Int,
    _ seen: inout Set<Seen>
  ) -> (Int, Model)? {
    // Nothing that began after an outstanding operation ended can come before it.
    var firstEnd = Int.max
    for index in operations.indices where !done.contains(index) {
      if operations[index].begin > firstEnd { break }
      firstEnd = min(firstEnd, operations[index].end)
    }
    for index in operations.indices[start...] {
      if operations[index].begin > firstEnd { break }
      guard !done.contains(index) else { continue }
      guard let after = state.after(operations[index].action, operations[index].answer) else {
        continue
      }
      if seen.insert(Seen(done: done.union([index]), state: after)).inserted {
        return (index, after)
      }
    }
    return nil
  }
}

/// What a thing does when asked one question at a time.
protocol SequentialModel: Hashable {
  associatedtype Action
  associatedtype Answer

  /// The state after an action that was answered so; nil if it could not have been. Without an
  /// answer, any is accepted.
  func after(_ action: Action, _ answer: Answer?) -> Self?
}
