import OctopusCollections
import OctopusRecords

/// Queries by the literal prefix of the name: a look-up for each length in use.
struct PrefixTable {
  /// Longer prefixes are cut: there are no more lengths than bits in `lengths`.
  static let longest = 64

  private var table = NameTable<EntryList>()
  /// How many prefixes there are of each length.
  private var counts = [Int](repeating: 0, count: longest + 1)
  /// Bit n is set where there is a prefix of n + 1 bytes.
  private var lengths: UInt64 = 0

  var count: Int { table.count }

  /// How many prefixes there is memory for.
  var slotCount: Int { table.slotCount }

  /// The prefix that a pattern can be filed under; nil if it is not anchored to one.
  static func key(_ pattern: Pattern) -> [UInt8]? {
    guard let prefix = pattern.literalPrefix, !prefix.isEmpty else { return nil }
    return Array(prefix.prefix(longest))
  }

  /// The queries for names with exactly this prefix.
  func queries(_ prefix: Bytes) -> EntryList { table.find(prefix).map { table[$0] } ?? EntryList() }

  /// Reports the queries of each prefix that the name has.
  @inline(__always)
  func match(_ name: Bytes, _ report: (EntryList) -> Void) {
    var left = lengths
    while left != 0 {
      let length = left.trailingZeroBitCount &+ 1
      guard length <= name.count else { return }
      left &= left &- 1
      let queries = queries(Bytes(rebasing: name[..<length]))
      if !queries.isEmpty { report(queries) }
    }
  }

  /// Files an entry, and returns the number of its prefix.
  mutating func insert(
    _ slot: UInt32, _ prefix: [UInt8], _ entries: inout EntryTable
  ) -> UInt32 {
    let number = table.find(prefix) ?? add(prefix)
    entries.link(slot, to: &table[number])
    return UInt32(number)
  }

  mutating func remove(_ slot: UInt32, from number: UInt32, _ entries: inout EntryTable) {
    entries.unlink(slot, from: &table[Int(number)])
    if table[Int(number)].isEmpty { drop(Int(number)) }
  }

  private mutating func add(_ prefix: [UInt8]) -> Int {
    counts[prefix.count] += 1
    lengths |= 1 << (prefix.count - 1)
    return table.insert(prefix, EntryList())
  }

  private mutating func drop(_ number: Int) {
    let length = table.name(number).count
    table.remove(number, leaving: EntryList())
    counts[length] -= 1
    if counts[length] == 0 { lengths &= ~(1 << (length - 1)) }
    if table.count == 0 { self = PrefixTable() }
  }
}
