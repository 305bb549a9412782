// Why a record does not match, for people.

extension Query {
  /// The first thing that does not hold for a record, and what the record has instead; nil if it matches.
  package func mismatch(with record: Record) -> String? {
    if matches(record) { return nil }
    return record.withContents { contents in
      clause.withArena { arena in
        for term in clause.terms {
          let name = String(decoding: term.attribute.bytes(arena), as: UTF8.self)
          let wanted = String(
            decoding: [UInt8]({ $0.append(term, of: clause, arena) }), as: UTF8.self)
          guard let value = record[name] else { return "\(wanted), and it has no \(name)" }
          guard let index = contents.index(of: term.attribute.bytes(arena)),
            contents.withValue(index, { holds(term, $0, arena) })
          else { return "\(wanted), and it has \(value)" }
        }
        let wanted = description.prefix { $0 != "{" }
        return "the name \(wanted)and it is \(record.name)"
      }
    }
  }
}
