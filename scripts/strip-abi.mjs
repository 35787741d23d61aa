// Removes `internalType` from the ABIs of the built package: ethers does not read it, and it is a third of the bytes that a page loads with
// the client. `npm run build:package` runs this after the compiler.

import { readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../dist/types/ethers-contracts/factories/contracts/interfaces/", import.meta.url);

for (const name of ["IPrepaidEscrow__factory", "IDepositRegister__factory"]) {
  for (const extension of ["js", "d.ts"]) {
    const file = new URL(`${name}.${extension}`, folder);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replaceAll(/^\s*(?:readonly )?"?internalType"?: "[^"]*"[,;]?\n/gm, ""));
  }
}
