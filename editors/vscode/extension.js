// Starts `segue lsp` and connects VS Code to it. Everything else is the server's work.

"use strict";

const path = require("path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function command() {
  const [program, ...args] = vscode.workspace.getConfiguration("segue").get("command");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const isPath = program.includes("/") || program.includes("\\");
  return {
    command: isPath && folder ? path.resolve(folder, program) : program,
    args,
    options: { cwd: folder },
  };
}

async function start() {
  client = new LanguageClient("segue", "Segue", command(), {
    documentSelector: [
      { scheme: "file", language: "segue" },
      { scheme: "file", pattern: "**/catalog.yml" },
      { scheme: "file", pattern: "**/segue.yml" },
    ],
    synchronize: {
      fileEvents: vscode.workspace.createFileSystemWatcher("**/{*.seg,catalog.yml,segue.yml}"),
    },
  });
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(
      `Segue: the language server did not start (${error.message}). ` +
        "Install it with: pip install 'segue-lang[lsp]', or set segue.command."
    );
  }
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("segue.restart", async () => {
      await client?.stop();
      await start();
    })
  );
  await start();
}

async function deactivate() {
  await client?.stop();
}

module.exports = { activate, deactivate };
