import OctopusRecords

// A stand-in: delete this file when Matching/PredicateIndex.swift lands.
struct PredicateIndex {
  private var queries: [Int64: Query] = [:]
  var count: Int { queries.count }
  mutating func insert(_ query: Query, id: Int64) { queries[id] = query }
  mutating func remove(_ query: Query, id: Int64) { queries[id] = nil }
  func collect(_ record: Record, into ids: inout [Int64]) {
    for (id, query) in queries where query.matches(record) { ids.append(id) }
    ids.sort()
  }
}
