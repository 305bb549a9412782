/// A session's subscriptions of one kind, by their queries as the client wrote them.
struct SubscriptionNames {
  private(set) var ids: [[UInt8]: Int64] = [:]

  var count: Int { ids.count }

  /// In the order in which they were made: ids grow.
  var inOrder: [(source: [UInt8], id: Int64)] {
    ids.map { ($0.key, $0.value) }.sorted { $0.1 < $1.1 }
  }

  /// Those of the wanted that are not subscribed to yet, the first of each query.
  func new<Watch>(_ wanted: [(source: [UInt8], watch: Watch)]) -> [Watch] {
    var sources: Set<[UInt8]> = []
    return wanted.filter { ids[$0.source] == nil && sources.insert($0.source).inserted }
      .map(\.watch)
  }

  subscript(source: [UInt8]) -> Int64? {
    get { ids[source] }
    set { ids[source] = newValue }
  }
}
