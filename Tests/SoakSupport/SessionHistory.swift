import OctopusRecords
import RESP

/// One session as its client saw it, read from the client's journal: claims to check against the
/// store's history, and violations that need no check.
struct SessionHistory {
  /// The store's content at a revision, according to a read.
  struct Read {
    enum Answer {
      case records([String])
      case names([String])
      /// How many of the queries have a match.
      case exists([Query], Int)
    }

    var revision: Int64
    var query: Query
    var limit = Int.max
    var after: String?
    var answer: Answer
    /// A read in a transaction may see a state that no other client may see.
    var isInTransaction: Bool
  }

  /// The effect of a write at a revision, according to its reply.
  struct Written {
    enum Effect {
      case set(String)
      case numbered(String)
      /// A lock's queue got this member.
      case joined(String)
      case added(Query, attribute: String, amount: Int64, text: String)
      case deleted(Query, count: Int64)
    }

    var revision: Int64
    var effect: Effect
  }

  struct Published {
    var number: Int64
    var record: Record
    var sent: Int64
    var acknowledged: Int64?
  }

  struct Subscription {
    var source: String
    var query: Query
    /// When the subscription existed at the latest.
    var since: Int64
    var messages: [Message] = []
    /// Messages published before this time have arrived.
    var until: Int64

    struct Message {
      var record: Record
      /// Messages published before this time arrived before this one.
      var since: Int64
    }
  }

  let name: String
  /// When it sent its first request; nil: it sent none.
  private(set) var began: Int64?
  var watches: [Watch] = []
  var reads: [Read] = []
  var written: [Written] = []
  var transactions: [Transaction] = []
  var published: [Published] = []
  var subscriptions: [Subscription] = []
  var violations: [String] = []
  /// A record that was found, with its own revision.
  var found: [(revision: Int64, text: String)] = []
  /// The highest revision that a reply reflected.
  var lastRevision: Int64 = 0
  /// The last command, if it was never answered.
  var unanswered: [String]?
  /// Members of locks that it has given back.
  var released: Set<String> = []
  /// Locks that it has waited for in vain.
  var refused: Set<String> = []
  var isCut = false

  // State of the reader.
  var triggers: [Int64: Int] = [:]
  var patterns: [String: Int] = [:]
  var syncing: (source: String, texts: [String])?
  var subscribed: [String: Int] = [:]
  var queued: [[String]]?
  var held: (lock: String, member: String)?
  var lastEvent: Int64 = 0
  var asked: (words: [String], at: Int64)?
  /// Acknowledgements that the current request still expects.
  var acknowledgements = 0

  /// The sessions of a journal: a client that lost its connection began another.
  static func all(_ journal: [Entry]) -> [SessionHistory] {
    var histories: [SessionHistory] = []
    for entry in journal {
      if case .opened(let name) = entry {
        histories.append(SessionHistory(name: name))
      } else if !histories.isEmpty {
        histories[histories.count - 1].follow(entry)
      }
    }
    return histories.map { history in
      var history = history
      history.unanswered = history.asked?.words
      return history
    }
  }

  private init(name: String) { self.name = name }

  /// The highest revision that it has seen, in whatever way.
  var highest: Int64 {
    let writes = written + transactions.flatMap(\.writes)
    return max(
      lastRevision, lastEvent, writes.map(\.revision).max() ?? 0,
      found.map(\.revision).max() ?? 0)
  }

  mutating func follow(_ entry: Entry) {
    switch entry {
    case .opened: break
    case .lost: isCut = true
    case .asked(let words, let time):
      if let asked { complain("asked \(words) before \(asked.words) was answered") }
      asked = (words, time)
      began = began ?? time
      acknowledgements = words[0].hasSuffix("SUBSCRIBE") ? words.count - 1 : 0
    case .heard(.push(let parts), let time): hear(parts, time)
    case .heard(let reply, let time): answer(reply, time)
    }
  }

  mutating func complain(_ text: String) { violations.append("\(name): \(text)") }
}
