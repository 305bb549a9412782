import OctopusRecords

/// The work that one user's queries add to the matching of records: what is expected, and what is
/// measured while records are matched.
///
/// A text can make some regular expressions cost a hundred times more than others of its length do.
/// The index therefore notes what an expression costs beyond one pass over the text, and tries no
/// more of an owner's expressions once its account has used up the limit in one step. Ordinary
/// expressions have nothing noted, however long the text.
// A class: several owners share it.
package final class MatchAccount {
  /// What its queries are expected to add to the matching of each record.
  package private(set) var expected = 0
  /// For each attribute, or the name, how many of its queries ask for one value, the most of any,
  /// and how many ask for a value in all. A record has one value of each.
  private var equalities: [UInt32: (most: Int, all: Int)] = [:]
  /// What its regular expressions have cost beyond one pass over each text, in the step of this
  /// number.
  private var measured = 0
  private var step = 0

  package init() {}

  /// The most of its queries that ask for one value of an attribute.
  func mostEqual(_ attribute: UInt32) -> Int { equalities[attribute]?.most ?? 0 }

  /// One more of its queries asks for a value of an attribute, `most` of them now for that value.
  func addEquality(_ attribute: UInt32, most: Int) {
    let before = equalities[attribute] ?? (0, 0)
    let now = max(before.most, most)
    equalities[attribute] = (now, before.all + 1)
    expected += (now - before.most) * PredicateIndex.deliveryWork
  }

  func removeEquality(_ attribute: UInt32) {
    guard let before = equalities[attribute] else { return }
    equalities[attribute] = before.all > 1 ? (before.most, before.all - 1) : nil
    if before.all == 1 { expected -= before.most * PredicateIndex.deliveryWork }
  }

  func expect(_ work: Int) { expected += work }

  /// Notes a cost in a step. Returns what all were in this step.
  fileprivate func note(_ cost: Int, step: Int) -> Int {
    if self.step != step { (self.step, measured) = (step, 0) }
    measured += cost
    return measured
  }
}

/// The owner of queries: a session, as a rule.
// A class: all queries of a session share it.
@usableFromInline package final class MatchOwner {
  /// The caller's name for it.
  package let id: Int64
  package let account: MatchAccount
  /// Whether its regular expressions are tried no more, because they have cost too much.
  package fileprivate(set) var isCut = false

  package init(_ id: Int64, _ account: MatchAccount) { (self.id, self.account) = (id, account) }
}

/// Notes what matching costs the accounts of queries' owners, in all indexes that share it.
// A class, so that matching, which changes nothing else, can write to it. Public, so that other
// modules inline what every step calls.
public final class MatchMeter {
  /// What one account's regular expressions may cost in a step.
  private let limit: Int
  @usableFromInline var step = 0
  /// What sets of expressions have cost beyond one pass over each text, in this step.
  @usableFromInline var sets = 0
  /// Whether an owner was ever cut, so that it is to be looked at.
  private(set) var hasCut = false
  /// The owners that were cut since the last look.
  @usableFromInline var cut: [MatchOwner] = []

  /// - Parameter limit: what the regular expressions of one account may cost in a step, in units of
  ///   `MatchCost`.
  package init(limit: Int = .max) { self.limit = limit }

  /// A step begins: each account may use up the limit again.
  @inlinable public func beginStep() {
    step &+= 1
    sets = 0
  }

  /// Whether sets may be used still: together, expressions can cost much that cost little alone.
  /// No owner pays for that, since the index has put them together.
  var mayUseSets: Bool { sets < Self.mostForSets }

  private static let mostForSets = 1_000_000

  func note(ofSets cost: Int) { sets += cost }

  /// Whether owners were cut since the last call of `takeCut`.
  @inlinable public var hasNewlyCut: Bool { !cut.isEmpty }

  func note(_ cost: Int, of owner: MatchOwner?) {
    guard let owner, owner.account.note(cost, step: step) > limit, !owner.isCut else { return }
    owner.isCut = true
    hasCut = true
    cut.append(owner)
  }

  /// Moves out the owners whose regular expressions have cost too much since the last call. No more
  /// of these are tried.
  package func takeCut() -> [MatchOwner] {
    defer { cut = [] }
    return cut
  }
}
