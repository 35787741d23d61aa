import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../chain/node/context";

/** The first page: a door for each of the three roles. */
export default function Home() {
  const { t } = useTranslation();
  const { deployment, settings } = useChain();
  const doors = [
    [
      "/cards",
      t("I have a card, or want one"),
      t("See what is left, confirm a visit, leave with your money, complain."),
    ],
    ["/shop", t("I run a shop"), t("Serve card holders, settle what they signed, be paid, answer those who leave.")],
    [
      "/watch",
      t("I watch over shops"),
      t("Warnings as they happen, every merchant's figures, suspensions, defaults, disputes."),
    ],
  ] as const;
  return (
    <>
      <div className="hero">
        <h1>{t("Prepaid, and still yours")}</h1>
        <p>
          {t(
            "The money of every card lies where the shop cannot take it. It is released visit by visit, by the holder's signature, and what is left goes back.",
          )}
        </p>
      </div>
      <ul className="doors">
        {doors.map(([href, title, text]) => (
          <li key={href}>
            <Link href={href} className="door">
              <strong>{title}</strong>
              <span>{text}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p className="quiet">
        {t("Works on {{name}} (chain {{id}}), contract", { name: deployment.name, id: deployment.chainId })}{" "}
        <span className="mono wrap">{deployment.escrow}</span>
      </p>
      {settings.development === undefined ? null : (
        <p className="alert">
          {t("This is a local chain: connect the development wallet, and be any of its people from the bar below.")}
        </p>
      )}
    </>
  );
}
