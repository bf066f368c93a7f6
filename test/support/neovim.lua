-- What a technician does in Neovim, without a screen: opens a pipeline, reads what is wrong, completes, asks, mends. One JSON object on the last line.
local told = {}
local client = vim.lsp.start_client({
  name = "postino",
  cmd = { vim.env.POSTINO_TEST_BUN, vim.env.POSTINO_TEST_MAIN, "lsp" },
  root_dir = vim.fn.getcwd(),
})
vim.cmd("edit pipelines/send.yaml")
vim.lsp.buf_attach_client(0, client)

local function list_errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end

vim.wait(30000, function() return #list_errors() > 0 end, 20)
told.errors = vim.tbl_map(function(found)
  return { line = found.lnum + 1, code = found.code, message = vim.split(found.message, "\n")[1] }
end, list_errors())

local document = { uri = vim.uri_from_bufnr(0) }
local line = list_errors()[1].lnum
local word = vim.api.nvim_buf_get_lines(0, line, line + 1, false)[1]

local function ask(method, params)
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 30000) or {}) do
    return answer.result
  end
end

local offered = ask("textDocument/completion", { textDocument = document, position = { line = line, character = #word } })
told.offered = vim.tbl_map(function(item) return item.label end, offered.items or offered)
told.hover = ask("textDocument/hover", { textDocument = document, position = { line = line, character = 6 } }).contents.value

local here = { line = line, character = #word }
local actions = ask("textDocument/codeAction", {
  textDocument = document,
  range = { start = here, ["end"] = here },
  context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(0, line) },
})
told.actions = vim.tbl_map(function(action) return action.title end, actions)
vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
told.mended = vim.api.nvim_buf_get_lines(0, line, line + 1, false)[1]
vim.wait(30000, function() return #list_errors() == 0 end, 20)
told.left = #list_errors()

io.stdout:write(vim.fn.json_encode(told) .. "\n")
vim.cmd("qa!")
