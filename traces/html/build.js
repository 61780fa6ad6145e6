// Makes dist/timeline.html out of src/: one page without references to anything outside it. The licences of the packages
// that are in it stand at the beginning of its script.
import {build} from "esbuild";
import {existsSync, mkdirSync, readFileSync, writeFileSync} from "node:fs";

const bundle = await build({
  entryPoints: ["src/main.js"], bundle: true, minify: true, format: "iife", target: "es2022", write: false,
  metafile: true, legalComments: "none", charset: "utf8",
});
const style = await build({entryPoints: ["src/style.css"], minify: true, write: false});

const inputs = Object.values(bundle.metafile.outputs).flatMap(output => Object.entries(output.inputs))
  .filter(([, {bytesInOutput}]) => bytesInOutput > 0).map(([path]) => path);
const packages = [...new Set(inputs.flatMap(path => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))].sort();
const byLicence = new Map();
for (const name of packages) {
  const file = `node_modules/${name}/LICENSE`;
  if (!existsSync(file)) throw new Error(`${name} has no LICENSE`);
  const {version} = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const licence = readFileSync(file, "utf8").trim();
  byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${name} ${version}`]);
}
const licences = [...byLicence].map(([licence, names]) => `${names.join(", ")}:\n\n${licence}`).join("\n\n---\n\n");
const script = `/*!\nThis page contains:\n\n${licences}\n*/\n${bundle.outputFiles[0].text.trim()}`;

const page = readFileSync("src/page.html", "utf8")
  .replace("/*style*/", () => style.outputFiles[0].text.trim())
  .replace("/*script*/", () => script.replaceAll("</script", "<\\/script"));
if (page.split("/*corosim-data*/").length !== 2) throw new Error("the page needs one place for the traces");
mkdirSync("dist", {recursive: true});
writeFileSync("dist/timeline.html", page);
console.log(`dist/timeline.html: ${page.length} bytes, with ${packages.join(", ")}`);
