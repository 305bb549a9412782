import OctopusEngine
import OctopusProtocol
import RESP

// BACKUP: a copy of the whole state, which the client reads part by part.
extension LoopState {
  func answerBackup(offset: Int?, _ connection: SocketConnection) {
    guard let journal else {
      return dispatcher.refuse(connection, .noJournal)
    }
    guard let offset else { return beginBackup(journal, connection) }
    guard let backup = connection.backup else {
      return dispatcher.refuse(
        connection, Failure(.error, "no backup is open on this connection: begin one with BACKUP"))
    }
    let client = connection.id
    let loop = context.loops[index]
    journal.read(backup, at: offset) { part in loop.submit { $0.answer(part, at: offset, client) } }
  }

  private func beginBackup(_ journal: Journal, _ connection: SocketConnection) {
    connection.backup = nil
    let client = connection.id
    let (loop, store) = (context.loops[index], "\(journal.store)")
    journal.beginBackup { result in loop.submit { $0.answer(result, store: store, client) } }
  }

  private func answer(_ result: Result<Backup, Failure>, store: String, _ client: Int64) {
    guard let connection = connections[client] else {
      if case .success(let backup) = result { journal?.close(backup) }
      return
    }
    switch result {
    case .failure(let failure): dispatcher.refuse(connection, failure)
    case .success(let backup):
      connection.backup = backup
      dispatcher.answer(connection) { encoder in
        encoder.append(
          backupOf: store, revision: backup.revision, byteCount: backup.byteCount)
      }
    }
  }

  private func answer(_ part: Result<[UInt8], Failure>, at offset: Int, _ client: Int64) {
    guard let connection = connections[client] else { return }
    switch part {
    case .failure(let failure):
      connection.backup = nil
      dispatcher.refuse(connection, failure)
    case .success(let bytes):
      // The client has all of it: its space on the disk can be used again.
      if let backup = connection.backup, offset + bytes.count >= backup.byteCount {
        connection.backup = nil
      }
      dispatcher.answer(connection) { $0.bulk(bytes) }
    }
  }
}
