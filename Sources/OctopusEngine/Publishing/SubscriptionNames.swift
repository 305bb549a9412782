import OctopusCollections

/// A session's subscriptions of one kind, by their queries as the client wrote them.
struct SubscriptionNames {
  private var ids = NameTable<Int64>()

  var count: Int { ids.count }

  /// In the order in which they were made: ids grow.
  var inOrder: [(source: [UInt8], id: Int64)] {
    var all: [(source: [UInt8], id: Int64)] = []
    var slot = Int.max
    while let (source, id) = ids.next(below: &slot) { all.append((source, id)) }
    return all.sorted { $0.id < $1.id }
  }

  /// Those of the wanted that are not subscribed to yet, the first of each query.
  func new<Watch>(_ wanted: [(source: [UInt8], watch: Watch)]) -> [Watch] {
    var sources: Set<[UInt8]> = []
    return wanted.filter { ids[$0.source] == nil && sources.insert($0.source).inserted }
      .map(\.watch)
  }

  /// Removes the next id below a slot, in no particular order.
  mutating func removeNext(below slot: inout Int) -> Int64? { ids.removeNext(below: &slot)?.value }

  subscript(source: [UInt8]) -> Int64? {
    get { ids[source] }
    set { ids[source] = newValue }
  }
}
