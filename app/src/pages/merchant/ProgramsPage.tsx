import { ProgramList } from "../../features/programs/ProgramList";
import { Publish } from "../../features/programs/Publish";

/** What the shop sells, and publishing more. */
export function ProgramsPage({ merchantId }: { readonly merchantId: bigint }) {
  return (
    <>
      <ProgramList merchantId={merchantId} />
      <Publish merchantId={merchantId} />
    </>
  );
}
