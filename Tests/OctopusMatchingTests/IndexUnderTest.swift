import OctopusRecords

@testable import OctopusMatching

/// An index behind a reference: an expectation cannot look at what is not copied.
final class IndexUnderTest {
  private var index = PredicateIndex()
  private var ids: [Int64] = []

  var count: Int { index.count }
  var isPristine: Bool { index.isPristine }
  /// Different regular expressions on names, their compiled sets, and beginnings of names.
  var namePatterns: Int { index.names.count }
  var namePatternSets: Int { index.names.setCount }
  var prefixes: Int { index.prefixes.count }
  /// The slots for queries, attributes, beginnings and patterns that memory is kept for.
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

  /// Runs and installs all builds that are due.
  func build() {
    while let build = pendingBuild() { install(build.run()) }
  }
}
