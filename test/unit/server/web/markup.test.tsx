/** The HTML of pages: what is escaped, what is left out, and what no page can show. */
/** @jsxImportSource ../../../../server/web/markup */
import { expect, test } from "bun:test";
import type { Child } from "hono/jsx";
import { renderChild, writeHtml } from "../../../../server/web/markup/jsx-runtime.ts";

function Row({ name, children }: { readonly name: string; readonly children?: Child }) {
  return (
    <tr data-name={name}>
      <td>{name}</td>
      {children}
    </tr>
  );
}

const hostile = `"><script>alert('x')</script>&amp;`;
const harmless = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;";

const shown: readonly [string, Child, string][] = [
  ["a text is escaped", <p>{hostile}</p>, `<p>${harmless}</p>`],
  ["a value of an attribute too", <a href={hostile}>x</a>, `<a href="${harmless}">x</a>`],
  ["a text without an element", hostile, harmless],
  [
    "a text in a component",
    <Row name={"<b>"} />,
    `<tr data-name="&lt;b&gt;"><td>&lt;b&gt;</td></tr>`,
  ],
  [
    "what is marked up already is not escaped twice",
    <p>{<b>1 &lt; 2</b>}</p>,
    "<p><b>1 &lt; 2</b></p>",
  ],
  [
    "children of a component",
    <Row name="a">
      {[1, "&"].map((n) => (
        <td>{n}</td>
      ))}
    </Row>,
    `<tr data-name="a"><td>a</td><td>1</td><td>&amp;</td></tr>`,
  ],
  [
    "conditions and absent values show nothing",
    <p>
      {false}
      {true}
      {null}
      {undefined}
      {""}
      {0}
    </p>,
    "<p>0</p>",
  ],
  ["lists in lists", <ul>{[[<li>a</li>], [], <li>b</li>]}</ul>, "<ul><li>a</li><li>b</li></ul>"],
  [
    "a fragment",
    <>
      a{"<"}
      <br />
    </>,
    "a&lt;<br/>",
  ],
  [
    "switches are there or not",
    <input type="checkbox" checked disabled={false} required={true} />,
    `<input type="checkbox" checked="" required=""/>`,
  ],
  [
    "other values of truth are words",
    <svg aria-hidden={true} data-live={false} />,
    `<svg aria-hidden="true" data-live="false"></svg>`,
  ],
  ["numbers", <main tabindex={-1} />, `<main tabindex="-1"></main>`],
  [
    "absent attributes",
    <a href={undefined} title="">
      x
    </a>,
    `<a title="">x</a>`,
  ],
];

test.each(shown)("%s", (_name, child, expected) => {
  expect(renderChild(child)).toBe(expected);
});

const refused: readonly [string, () => unknown][] = [
  ["an object", () => renderChild({ toString: () => "<script>" })],
  ["an answer that is not there yet", () => renderChild(Promise.resolve("x"))],
  ["an object in an attribute", () => <a href={{ a: 1 } as unknown as string}>x</a>],
];

test.each(refused)("%s is no text of a page", (_name, render) => {
  expect(render).toThrow("a page cannot");
});

const label = <b>1 &lt; 2</b>;

test.each([
  ["a text between tags", writeHtml`<td>${hostile}</td>`, `<td>${harmless}</td>`],
  [
    "a value between quotes",
    writeHtml`<td data-label="${hostile}"></td>`,
    `<td data-label="${harmless}"></td>`,
  ],
  ["what is marked up already", writeHtml`<td>${label}</td>`, "<td><b>1 &lt; 2</b></td>"],
  [
    "rows in a row",
    writeHtml`<tr>${["&", writeHtml`<td>${1}</td>`]}</tr>`,
    "<tr>&amp;<td>1</td></tr>",
  ],
  ["absent values", writeHtml`<p>${null}${false}${undefined}${""}${[]}${0}</p>`, "<p>0</p>"],
  ["inside of an element", <tr>{writeHtml`<td>${"<"}</td>`}</tr>, "<tr><td>&lt;</td></tr>"],
])("written out, %s is what it is when it is drawn", (_, made: unknown, expected) => {
  expect(renderChild(made)).toBe(expected);
});

test("a value that is no text is not written out", () => {
  expect(() => writeHtml`<p>${{}}</p>`).toThrow("a page cannot show a value of type object");
});
