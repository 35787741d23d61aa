import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Switch } from "wouter";

import { useAccount } from "../../chain/wallet/useWallets";
import { Empty } from "../../ui/panels";
import { CardsPage } from "./CardsPage";

const AccountPage = lazy(() => import("./AccountPage"));
const BuyPage = lazy(() => import("./BuyPage"));
const CardPage = lazy(() => import("./CardPage"));
const ProgramPage = lazy(() => import("./ProgramPage"));
const SendPage = lazy(() => import("./SendPage"));
const SignPage = lazy(() => import("./SignPage"));

/** The pages of card holders. */
export default function Pages() {
  return (
    <Switch>
      <Route path="/cards">
        <NeedsAccount>{(account) => <CardsPage account={account} />}</NeedsAccount>
      </Route>
      <Route path="/card/:cardId">{({ cardId }) => <CardPage cardId={cardId} />}</Route>
      <Route path="/buy">
        <BuyPage />
      </Route>
      <Route path="/buy/:merchantId">{({ merchantId }) => <BuyPage merchantId={BigInt(merchantId)} />}</Route>
      <Route path="/buy/:merchantId/:programId">
        {({ programId }) => <ProgramPage programId={BigInt(programId)} />}
      </Route>
      <Route path="/sign/:request">{({ request }) => <SignPage text={request} />}</Route>
      <Route path="/send/:signed">{({ signed }) => <SendPage key={signed} text={signed} />}</Route>
      <Route path="/account">
        <NeedsAccount>{(account) => <AccountPage account={account} />}</NeedsAccount>
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function NotFound() {
  const { t } = useTranslation();
  return (
    <>
      <h1>{t("There is nothing here")}</h1>
      <p>
        {t("The link may have been cut.")} <Link href="/">{t("To the beginning")}</Link>
      </p>
    </>
  );
}

/** A page that needs the holder's account. */
function NeedsAccount({ children }: { readonly children: (account: string) => React.ReactNode }) {
  const { t } = useTranslation();
  const account = useAccount();
  if (account === undefined) {
    return (
      <>
        <h1>{t("My cards")}</h1>
        <Empty>{t("Connect your wallet above: your cards are found from its address alone.")}</Empty>
        <p>
          <Link href="/buy" className="button plain">
            {t("Look at what shops offer")}
          </Link>
        </p>
      </>
    );
  }
  return children(account);
}
