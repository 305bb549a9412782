import ArgumentParser
import Octopus

// Names of records to complete a word with, at the prompt and in bash, zsh and fish.

/// More would not be read.
private let most = 200

/// Names in text form that begin with `prefix`; none if the server does not answer.
func namesInText(startingWith prefix: String, in octopus: OctopusClient) async -> [String] {
  guard let names = try? await octopus.names(Query(namePrefix: prefix), limit: most) else {
    return []
  }
  return names.map(nameText)
}

extension Query {
  /// All records whose names begin with `prefix`.
  init(namePrefix prefix: String) throws(CommandError) {
    var pattern = "^"
    for scalar in prefix.unicodeScalars {
      let isPlain = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_"
      if !isPlain { pattern += "\\" }
      pattern.unicodeScalars.append(scalar)
    }
    self = try query(["r'\(pattern)'"])
  }
}

extension CompletionKind {
  /// Asks the server that the line's own options name.
  static var recordNames: CompletionKind {
    .custom { (arguments: [String], _: Int, prefix: String) -> [String] in
      namesForShell(startingWith: prefix, arguments: arguments)
    }
  }
}

private func namesForShell(startingWith prefix: String, arguments: [String]) -> [String] {
  // The server is the one that the line's own options name.
  let options = zip(arguments, arguments.dropFirst()).flatMap { option, value in
    ["--socket", "--tcp", "--password-file"].contains(option) ? [option, value] : []
  }
  guard !prefix.hasPrefix("{"), let server = try? ServerOptions.parse(options) else { return [] }
  return BlockingRunner().run {
    guard let octopus = try? await connect(to: server) else { return [] }
    // A name that needs quotes would need the shell's as well.
    return await namesInText(startingWith: prefix, in: octopus).filter { !$0.hasPrefix("'") }
  }
}
