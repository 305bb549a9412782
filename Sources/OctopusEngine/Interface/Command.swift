import OctopusRecords

/// What a session can ask of the engine, already read and checked.
package struct Command: Sendable {
  package var operation: Operation
  /// A trigger to install in the same step.
  package var trigger: TriggerRequest?
  /// Whether the reply carries the revision that it reflects.
  package var wantsRevision: Bool
  /// Of a command that blocks: it is answered QUEUED, and the reply comes later, as a push with
  /// this tag.
  package var deferTag: [UInt8]?
}

extension Command {
  // To hand on to the memberwise initializer moves the operation. Where the properties of so large a
  // value are set one by one, all of it is copied at the end.
  package init(
    _ operation: consuming Operation, trigger: consuming TriggerRequest? = nil,
    wantsRevision: Bool = false, deferTag: consuming [UInt8]? = nil
  ) {
    precondition(deferTag == nil || operation.isBlocking, "only what may wait is deferred")
    self.init(
      operation: operation, trigger: trigger, wantsRevision: wantsRevision, deferTag: deferTag)
  }
}

package enum Operation: Sendable {
  // Reads. The first four and `exists` can carry a trigger and a revision.
  case get(Query)
  case names(Query, Page)
  case find(Query, Page)
  case exists([Query])
  case count(Query)
  case explain(Query)
  /// How many records there are.
  case size

  // Writes; each can carry a trigger and a revision.
  case set(Write, SetOptions)
  case setSequential(Record, isTransient: Bool, returnsRecord: Bool)
  case update(Write, UpdateOptions)
  case delete([Query], all: Bool, ifRevision: Int64?)

  // Watching.
  case waitFor(Query, WaitCondition, timeoutMilliseconds: Int64?)
  /// Ends the deferred wait with this tag.
  case cancel(tag: [UInt8])
  case untrigger(TriggerID)
  case observe(Query)
  /// The bytes are the query as the client wrote it: they name the subscription and are echoed.
  case subscribe([(source: [UInt8], query: Query)])
  /// Empty: all.
  case unsubscribe([[UInt8]])
  case patternSubscribe([(source: [UInt8], query: Query)])
  case patternUnsubscribe([[UInt8]])
  case publish(Record)

  // Coordination.
  case lock(LockRequest)
  case unlock([UInt8], who: [UInt8])
  case newSemaphore([UInt8], permits: Int64)
  case takePermits(PermitRequest)
  /// Its time limit is 0; answers 0 or 1.
  case tryPermits(PermitRequest)
  case postPermits(PermitRequest)
  case enterBarrier(BarrierRequest)
  case leaveBarrier(BarrierRequest)

  /// Whether it does nothing but give back a place or what is held: there can be no more of these
  /// than there are members of locks and barriers.
  var givesBack: Bool {
    switch self {
    case .cancel, .unlock, .leaveBarrier: true
    default: false
    }
  }

  /// Whether it may be answered in a later step. Such a command cannot stand in a transaction.
  package var isBlocking: Bool {
    switch self {
    case .waitFor, .lock, .takePermits, .enterBarrier, .leaveBarrier: true
    default: false
    }
  }
}

/// A part of an ordered answer: at most `limit` results with names after `after`.
package struct Page: Sendable, Hashable {
  package var limit: Int?
  /// A plain name, neither quoted nor escaped. It need not exist.
  package var after: [UInt8]?

  package init(limit: Int? = nil, after: [UInt8]? = nil) {
    self.limit = limit
    self.after = after
  }
}

package struct SetOptions: Sendable, Hashable {
  package enum Presence: Sendable { case absent, present }

  /// NX or XX: otherwise the reply is null.
  package var only: Presence?
  /// 0: absent. Otherwise MISMATCH.
  package var ifRevision: Int64?
  package var isTransient: Bool
  package var returnsRecord: Bool

  package init(
    only: Presence? = nil, ifRevision: Int64? = nil, isTransient: Bool = false,
    returnsRecord: Bool = false
  ) {
    self.only = only
    self.ifRevision = ifRevision
    self.isTransient = isTransient
    self.returnsRecord = returnsRecord
  }
}

package struct UpdateOptions: Sendable, Hashable {
  package var ifRevision: Int64?
  /// Attributes to remove; one that is not there is no error.
  package var removed: [[UInt8]]
  /// Numbers to add to attributes. An attribute that is absent counts as 0.
  package var added: [Addition]
  package var returnsRecord: Bool

  package struct Addition: Sendable, Hashable {
    package var attribute: [UInt8]
    /// An integer or a float.
    package var amount: Value

    package init(attribute: [UInt8], amount: Value) {
      self.attribute = attribute
      self.amount = amount
    }
  }

  package init(
    ifRevision: Int64? = nil, removed: [[UInt8]] = [], added: [Addition] = [],
    returnsRecord: Bool = false
  ) {
    self.ifRevision = ifRevision
    self.removed = removed
    self.added = added
    self.returnsRecord = returnsRecord
  }
}

package enum WaitCondition: Sendable, Hashable {
  /// Until a record matches; answers it.
  case match
  /// Until none does.
  case gone
  /// Until at least so many do.
  case count(Int)
}

/// Unique in the engine's life, never 0.
package typealias TriggerID = Int64

package struct TriggerRequest: Sendable, Hashable {
  package struct Kinds: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let set = Kinds(rawValue: 1)
    package static let delete = Kinds(rawValue: 2)
    package static let out = Kinds(rawValue: 4)
    package static let any: Kinds = [.set, .delete, .out]
  }

  package enum When: Sendable { case always, found, missing }

  package var kinds: Kinds
  package var isPersistent: Bool
  package var when: When

  package init(_ kinds: Kinds, isPersistent: Bool = false, when: When = .always) {
    self.kinds = kinds
    self.isPersistent = isPersistent
    self.when = when
  }
}
