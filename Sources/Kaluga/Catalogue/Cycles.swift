// Finds drivers that can never start because each waits for another of them.
import OctopusRecords

/// The circles of drivers that wait for each other.
///
/// A driver waits for another if a query of its `after` matches the other's instance record.
/// Several drivers may match one query, and any of them is enough. So the drivers that can start
/// are found first, and circles are searched for only among the others.
struct Cycles {
  /// By driver, for each driver in a circle: the circle, from the driver to itself.
  private(set) var members: [String: [String]] = [:]

  init(_ drivers: [Driver]) {
    let waiting = drivers.filter { !$0.after.isEmpty }
    guard !waiting.isEmpty else { return }
    let samples = drivers.map { driver in
      (name: driver.name, record: InstanceRecord.sample(of: driver.name))
    }
    // By waiting driver, for each of its conditions: the drivers that could meet it.
    var needs: [String: [[String]]] = [:]
    for driver in waiting {
      needs[driver.name] = driver.after.map { query in
        samples.filter { query.matches($0.record) }.map(\.name)
      }
    }
    var stuck = Set(waiting.map(\.name))
    func canStart(_ name: String) -> Bool {
      // A condition that no driver can meet is for records of other clients.
      needs[name]!.allSatisfy { $0.isEmpty || $0.contains { !stuck.contains($0) } }
    }
    while true {
      let free = stuck.filter(canStart)
      if free.isEmpty { break }
      stuck.subtract(free)
    }
    let edges = needs.filter { stuck.contains($0.key) }.mapValues { alternatives in
      Set(alternatives.filter { $0.allSatisfy(stuck.contains) }.joined()).sorted()
    }
    for name in stuck.sorted() {
      if let path = Self.path(from: name, along: edges) { members[name] = path }
    }
  }

  /// The shortest path from a driver to itself.
  private static func path(from start: String, along edges: [String: [String]]) -> [String]? {
    var paths = [[start]]
    var seen: Set<String> = []
    var index = 0
    while index < paths.count {
      let path = paths[index]
      index += 1
      for next in edges[path.last!] ?? [] {
        if next == start { return path + [start] }
        if seen.insert(next).inserted { paths.append(path + [next]) }
      }
    }
    return nil
  }
}
