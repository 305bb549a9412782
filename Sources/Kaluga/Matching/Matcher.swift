// Finds the drivers that match a device, the best first.
import DeviceSchema
import OctopusMatching
import OctopusRecords

/// An index of the catalogue's queries and module aliases, in which devices are looked up.
package struct Matcher: ~Copyable {
  private var queries = PredicateIndex()
  private let aliases: AliasIndex
  private let catalogue: Catalogue
  private var found: [Int64] = []

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    var globs: [(glob: ModaliasGlob, id: Int)] = []
    for (index, driver) in catalogue.drivers.enumerated() {
      // A driver with both is found by its aliases, which are more selective.
      if !driver.modalias.isEmpty {
        globs += driver.modalias.map { (ModaliasGlob($0), index) }
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
    if let alias = record[.modalias]?.text {
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
