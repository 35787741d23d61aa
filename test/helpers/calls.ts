import { ZeroAddress, ZeroHash } from "ethers";
import type { Interface, ParamType } from "ethers";

/** Some value of a parameter, for a call whose arguments nobody looks at. */
export function anyValue({ baseType, type, components }: ParamType): unknown {
  if (baseType === "array") return [];
  if (baseType === "tuple") return (components ?? []).map(anyValue);
  if (baseType === "bool") return false;
  if (baseType === "string") return "";
  if (baseType === "address") return ZeroAddress;
  if (baseType === "bytes") return "0x";
  return type === "bytes32" ? ZeroHash : 1n;
}

/** Every function of an interface that changes anything, and a call of it: a guarded one looks at no argument before it refuses. */
export function changingCalls(abi: Interface): { readonly name: string; readonly data: string }[] {
  const calls: { name: string; data: string }[] = [];
  abi.forEachFunction((fragment) => {
    if (fragment.constant) return;
    calls.push({ name: fragment.name, data: abi.encodeFunctionData(fragment, fragment.inputs.map(anyValue)) });
  });
  return calls;
}
