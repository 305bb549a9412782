import OctopusRecords

/// A request to the engine, parsed and checked.
package struct Command: Sendable {
  package var operation: Operation
  /// A trigger to install in the same step.
  package var trigger: TriggerRequest?
  /// Whether the reply carries the revision that it reflects.
  package var wantsRevision: Bool
  /// For a blocking command: it is answered with `deferred` at once, and its reply comes later,
  /// with this tag.
  package var deferTag: [UInt8]?
}

extension Command {
  // To hand on to the memberwise initializer moves the operation. Where the properties of so large
  // a value are set one by one, all of it is copied at the end.
  package init(
    _ operation: consuming Operation, trigger: consuming TriggerRequest? = nil,
    wantsRevision: Bool = false, deferTag: consuming [UInt8]? = nil
  ) {
    precondition(
      deferTag == nil || operation.traits.contains(.blocking),
      "only blocking operations are deferred")
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
  /// Counts as many as a step's work allows: an answer with a cursor.
  case countPage(Query, after: [UInt8]?)
  case explain(Query)
  /// How many records there are.
  case size

  // Writes; each can carry a trigger and a revision.
  case set(Write, SetOptions)
  case setSequential(Record, SetSequentialOptions)
  case update(Write, UpdateOptions)
  case delete([Query], DeleteOptions)

  // Watching.
  case waitFor(Query, WaitCondition, timeoutMilliseconds: Int64?)
  /// Waits until all changes so far are on the disk; answers the revision up to which they are.
  case sync(timeoutMilliseconds: Int64?)
  /// Ends the deferred wait with this tag.
  case cancel(tag: [UInt8])
  case untrigger(TriggerID)
  case observe(Query)
  case subscribe([QuerySource])
  /// Empty: all.
  case unsubscribe([[UInt8]])
  case patternSubscribe([QuerySource])
  case patternUnsubscribe([[UInt8]])
  case publish(Record)

  // Coordination.
  case lock(LockRequest)
  case unlock([UInt8], task: [UInt8])
  case newSemaphore([UInt8], permits: Int64)
  case takePermits(PermitRequest)
  /// Its time limit is 0; answers 0 or 1.
  case tryPermits(PermitRequest)
  case postPermits(PermitRequest)
  case enterBarrier(BarrierRequest)
  case leaveBarrier(BarrierRequest)
}

/// A query, and how its client wrote it: that names a subscription, and is echoed.
package typealias QuerySource = (source: [UInt8], query: Query)

/// A part of an ordered answer: at most `limit` results with names after `after`.
package struct Page: Sendable, Hashable {
  package var limit: Int?
  /// A plain name, neither quoted nor escaped. It need not exist.
  package var after: [UInt8]?
  /// Whether the answer says after which name the next page begins. Such a page may have fewer than
  /// `limit` results, even none: it ends when it has taken a step's work.
  package var hasCursor: Bool

  package init(limit: Int? = nil, after: [UInt8]? = nil, hasCursor: Bool = false) {
    self.limit = limit
    self.after = after
    self.hasCursor = hasCursor
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

package struct SetSequentialOptions: Sendable, Hashable {
  package var isTransient: Bool
  package var returnsRecord: Bool

  package init(isTransient: Bool = false, returnsRecord: Bool = false) {
    self.isTransient = isTransient
    self.returnsRecord = returnsRecord
  }
}

package struct DeleteOptions: Sendable, Hashable {
  /// Whether a query may be a pattern, and delete all its matches.
  package var deletesAll: Bool
  /// Otherwise MISMATCH. With exactly one query, by name.
  package var ifRevision: Int64?

  package init(deletesAll: Bool = false, ifRevision: Int64? = nil) {
    self.deletesAll = deletesAll
    self.ifRevision = ifRevision
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
  /// Until at least this many do.
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
