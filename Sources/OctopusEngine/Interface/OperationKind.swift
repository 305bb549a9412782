extension Operation {
  /// An operation without its arguments.
  package enum Kind: UInt8, Sendable, CaseIterable {
    case get, names, find, exists, count, countPage, explain, size
    case set, setSequential, update, delete
    case waitFor, sync, cancel, untrigger, observe
    case subscribe, unsubscribe, patternSubscribe, patternUnsubscribe, publish
    case lock, unlock
    case newSemaphore, takePermits, tryPermits, postPermits
    case enterBarrier, leaveBarrier
  }

  /// How an operation may be run.
  package struct Traits: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// It may wait, and be answered in a later step.
    package static let blocking = Traits(rawValue: 1)
    /// It may be one of several operations in a transaction.
    package static let transactional = Traits(rawValue: 2)
    /// It only gives back what a member of a queue holds or waits for. It is not refused with
    /// READONLY: there can be no more of these operations than there are members.
    package static let givesBack = Traits(rawValue: 4)
  }

  package var traits: Traits { kind.traits }

  package var kind: Kind {
    switch self {
    case .get: .get
    case .names: .names
    case .find: .find
    case .exists: .exists
    case .count: .count
    case .countPage: .countPage
    case .explain: .explain
    case .size: .size
    case .set: .set
    case .setSequential: .setSequential
    case .update: .update
    case .delete: .delete
    case .waitFor: .waitFor
    case .sync: .sync
    case .cancel: .cancel
    case .untrigger: .untrigger
    case .observe: .observe
    case .subscribe: .subscribe
    case .unsubscribe: .unsubscribe
    case .patternSubscribe: .patternSubscribe
    case .patternUnsubscribe: .patternUnsubscribe
    case .publish: .publish
    case .lock: .lock
    case .unlock: .unlock
    case .newSemaphore: .newSemaphore
    case .takePermits: .takePermits
    case .tryPermits: .tryPermits
    case .postPermits: .postPermits
    case .enterBarrier: .enterBarrier
    case .leaveBarrier: .leaveBarrier
    }
  }
}

extension Operation.Kind {
  package var traits: Operation.Traits {
    switch self {
    case .get, .names, .find, .exists, .count, .countPage, .explain, .size: .transactional
    case .set, .setSequential, .update, .delete, .publish: .transactional
    case .untrigger, .observe, .newSemaphore, .postPermits: .transactional
    case .unlock: [.transactional, .givesBack]
    case .waitFor, .sync, .lock, .takePermits, .enterBarrier: .blocking
    case .leaveBarrier: [.blocking, .givesBack]
    case .cancel: .givesBack
    case .tryPermits, .subscribe, .unsubscribe, .patternSubscribe, .patternUnsubscribe: []
    }
  }
}
