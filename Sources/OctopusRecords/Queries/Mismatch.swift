// The explanation why a record does not match a query.

extension Query {
  /// The first constraint that a record does not satisfy, and the record's own value; nil if it
  /// matches.
  package func mismatch(with record: Record) -> String? {
    if matches(record) { return nil }
    var cost = 0
    return record.withContents { contents in
      clause.withArena { arena in
        for term in clause.terms {
          let wanted = String(
            decoding: [UInt8]({ $0.append(term, of: clause, arena) }), as: UTF8.self)
          guard let index = contents.index(of: term.attribute.bytes(arena)) else {
            return "\(wanted), and it has no \(nameText(term.attribute.bytes(arena)))"
          }
          guard contents.withValue(index, { holds(term, $0, arena, &cost) }) else {
            let value = contents.withValue(index) { $0.value }
            return "\(wanted), and it has \(value)"
          }
        }
        let wanted = description.prefix { $0 != "{" }
        return "the name \(wanted)and it is \(record.name)"
      }
    }
  }
}
