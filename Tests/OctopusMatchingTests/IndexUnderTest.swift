import OctopusRecords

@testable import OctopusMatching

/// An index in a class: `#expect` cannot capture a type that is not copyable.
final class IndexUnderTest {
  private var index = PredicateIndex()
  private var ids: [Int64] = []

  var count: Int { index.count }
  var isPristine: Bool { index.isPristine }
  /// How many different regular expressions on names, compiled sets of them, and prefixes there
  /// are.
  var namePatterns: Int { index.names.count }
  var namePatternSets: Int { index.names.setCount }
  var prefixes: Int { index.prefixes.count }
  /// How many queries, attributes, prefixes and patterns there is memory for.
  var slotsHeld: [Int] {
    [
      index.entries.slotCount, index.attributes.slotCount, index.prefixes.slotCount,
      index.names.slotCount,
    ]
  }

  func insert(_ query: Query, id: Int64) { index.insert(query, id: id) }
  @discardableResult
  func remove(id: Int64) -> Bool { index.remove(id: id) }
  func pendingBuild() -> PatternSetBuild? { index.pendingBuild() }
  func install(_ built: BuiltPatternSets) { index.install(built) }

  /// The ids of all queries that a record matches.
  func matches(_ record: Record) -> [Int64] {
    index.collect(record, into: &ids)
    return ids
  }

  /// What it costs to look for the queries that a record matches.
  func cost(_ record: Record) -> Int { index.collect(record, into: &ids) }

  /// Runs and installs all builds that are due.
  func build() {
    while let build = pendingBuild() { install(build.run()) }
  }
}
