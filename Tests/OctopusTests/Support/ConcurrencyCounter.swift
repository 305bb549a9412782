import OctopusSystem

/// Counts how many are inside at once, and the maximum.
final class ConcurrencyCounter: Sendable {
  private let state = Mutex((now: 0, most: 0, total: 0))

  var most: Int { state.withLock { $0.most } }
  /// All that ever came.
  var total: Int { state.withLock { $0.total } }

  func enter(_ count: Int = 1) {
    state.withLock { state in
      state.now += count
      state.total += count
      state.most = max(state.most, state.now)
    }
  }

  func leave(_ count: Int = 1) { state.withLock { $0.now -= count } }
}
