import { ProgramList } from "../../features/programs/ProgramList";
import { Publish } from "../../features/programs/Publish";

/** The shop's programs, and publishing more. */
export function ProgramsPage({ merchantId }: { readonly merchantId: bigint }) {
  return (
    <>
      <ProgramList merchantId={merchantId} />
      <Publish merchantId={merchantId} />
    </>
  );
}
