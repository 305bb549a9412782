import Testing

/// The completion scripts that `make install` writes, in the shells themselves.
@Suite struct CompletionScriptTests {
  @Test func bashCompletionListsCommandsAndNames() async throws {
    try await complete("bash", ["--norc", "--noprofile"], prompt: "PS1='$ '") {
      "eval \"$(octopus --generate-completion-script bash)\""
    }
  }

  @Test func zshCompletionListsCommandsAndNames() async throws {
    try await complete("zsh", ["-f"], prompt: "PS1='$ '") {
      "autoload -U compinit; compinit -D; octopus --generate-completion-script zsh > $ZDOTDIR/_octopus; "
        + "source $ZDOTDIR/_octopus; compdef _octopus octopus"
    }
  }

  @Test func fishCompletionListsCommandsAndNames() async throws {
    try await complete("fish", ["--no-config"], prompt: "function fish_prompt; printf '$ '; end") {
      "octopus --generate-completion-script fish | source"
    }
  }

  private func complete(
    _ shell: String, _ arguments: [String], prompt: String, script: () -> String
  ) async throws {
    let server = try await Octopusd()
    for name in ["hw.pci.device.1", "service.pci", "job_1"] {
      _ = try await server.octopus("set", name)
    }
    let path = productsDirectory + ":/usr/local/bin:/usr/bin:/bin"
    let terminal = try Terminal(
      shell, arguments,
      environment: server.environment.merging([
        "PATH": path, "HOME": server.directory, "ZDOTDIR": server.directory,
      ]) { $1 }, columns: 200)
    terminal.type(prompt + "\n")
    terminal.type(script() + "; echo re''ady\n")
    try await terminal.expect("the shell is ready") { $0.lines.contains("ready") }
    terminal.type("octopus unt\u{15}octopus expl\t")
    try await terminal.expect("the command") { $0.currentLine.contains("octopus explain") }
    terminal.type("hw.\t")
    try await terminal.expect("the name") {
      $0.currentLine.contains("octopus explain hw.pci.device.1")
    }
    terminal.type("\u{15}octopus get --socket \(server.socket) serv\t")
    try await terminal.expect("another name") { $0.currentLine.contains(" service.pci") }
  }
}
