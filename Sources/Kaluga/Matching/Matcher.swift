// Which drivers a device could have, the best first.
import OctopusMatching
import OctopusRecords

/// A catalogue turned around: the questions are indexed, and a device is looked up.
package struct Matcher: ~Copyable {
  private var queries = PredicateIndex()
  private let aliases: AliasIndex
  private let catalogue: Catalogue
  private var found: [Int64] = []

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    var globs: [(glob: Glob, id: Int)] = []
    for (index, driver) in catalogue.drivers.enumerated() {
      // One with both is found by its alias, of which there are many different.
      if !driver.modalias.isEmpty {
        globs += driver.modalias.map { (Glob($0), index) }
      } else if let match = driver.match {
        queries.insert(match, id: Int64(index))
      }
    }
    aliases = AliasIndex(globs)
    while let build = queries.pendingBuild() { queries.install(build.run()) }
  }

  /// The drivers that match a device: by priority, and in the catalogue's order.
  package mutating func drivers(for record: Record) -> [Driver] {
    queries.collect(record, into: &found)
    var indices = Set(found.map { Int($0) })
    if let alias = record["modalias"]?.text {
      aliases.match(alias) { index in
        if catalogue.drivers[index].match?.matches(record) ?? true { indices.insert(index) }
      }
    }
    guard !indices.isEmpty else { return [] }
    let drivers = catalogue.drivers
    return indices.sorted { a, b in
      drivers[a].priority != drivers[b].priority
        ? drivers[a].priority > drivers[b].priority : a < b
    }.map { drivers[$0] }
  }
}
