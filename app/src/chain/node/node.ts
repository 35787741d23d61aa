import { FetchRequest, JsonRpcProvider, Network, makeError } from "ethers";
import type { JsonRpcPayload, JsonRpcResult } from "ethers";

/** A node behind HTTP. If it does not answer, the browser's "failed to fetch" becomes ethers' NETWORK_ERROR. */
export class NodeProvider extends JsonRpcProvider {
  constructor(url: string, chainId: number) {
    const request = new FetchRequest(url);
    request.timeout = 15_000;
    super(request, chainId, { staticNetwork: Network.from(chainId), batchMaxCount: 100, cacheTimeout: -1 });
    this.pollingInterval = 1_000;
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    try {
      return await super._send(payload);
    } catch (error) {
      throw makeError("the node does not answer", "NETWORK_ERROR", { event: "send", info: { error } });
    }
  }
}
