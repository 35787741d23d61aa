// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IPrepaidEscrow, MerchantStatus, Policy, ProgramKind, ProgramTerms} from "../interfaces/IPrepaidEscrow.sol";
import {CapWarning} from "../logic/CapWarning.sol";
import {Checks} from "../logic/Checks.sol";
import {MerchantVault} from "../MerchantVault.sol";
import {EscrowState, EscrowStorage, Merchant} from "../types/EscrowState.sol";
import {Offer, Offers} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {Registration, Registrations} from "../types/Registration.sol";
import {RightsOf} from "../types/Rights.sol";

/// @title Policies, merchants and programs
/// @notice The steps before a card is sold. Linked to the escrow and working on its storage.
library MerchantRegistry {
    /// @notice Delay before a new payout address or an offer of ownership takes effect, in seconds, so that the owner can cancel a
    /// mistake.
    uint256 internal constant CHANGE_DELAY = 7 days;

    uint8 private constant MAX_DECIMALS = 18;
    uint16 private constant BPS = 10_000;
    uint256 private constant MAX_COOLING_OFF_SHARE = 60 days;

    /* POLICIES */

    function addPolicy(Policy calldata policy) external returns (uint32 policyId) {
        EscrowState storage self = EscrowStorage.state();
        require(policy.token.code.length != 0, IPrepaidEscrow.PolicyTokenWithoutCode(policy.token));
        _decimals(policy.token);
        uint256 exitDelay = policy.exitDelay;
        uint256 minNotice = exitDelay > 7 days ? exitDelay : 7 days;
        // The association can rule once the exit delay is over, and has at least a day for it.
        uint256 minTimeout = exitDelay > 6 days ? exitDelay + 1 days : 7 days;
        _requireWithin("exitDelay", exitDelay, 1 days, 30 days);
        _requireWithin("coolingOff", policy.coolingOff, 0, 30 days);
        _requireWithin("maxPassTerm", policy.maxPassTerm, 0, 3650 days);
        _requireWithin("maxListBps", policy.maxListBps, BPS, 3 * BPS);
        _requireWithin("accrualDelay", policy.accrualDelay, 0, 60 days);
        _requireWithin("rulingTimeout", policy.rulingTimeout, minTimeout, 90 days);
        _requireWithin("runOffNotice", policy.runOffNotice, minNotice, 90 days);
        _requireWithin("finalSettlement", policy.finalSettlement, 3 days, 30 days);
        _requireWithin("complaintBps", policy.complaintBps, 0, BPS);
        _requireWithin("maxAdvance", policy.maxAdvance, 0, 365 days);
        _requireWithin("feePriceBps", policy.feePriceBps, 0, 3_000);
        _requireWithin("feeRestBps", policy.feeRestBps, 0, 5_000);
        _requireWithin("coolingOffFeeBps", policy.coolingOffFeeBps, 0, 1_000);
        _requireWithin("coolingOffTermBps", policy.coolingOffTermBps, 0, 1_000);
        policyId = ++self.policyCount;
        self.policies[policyId] = policy;
        emit IPrepaidEscrow.PolicyAdded(policyId, policy.token, policy);
    }

    /// @dev A token without decimals counts as one with too many.
    function _decimals(address token) private view returns (uint8) {
        (bool known, uint8 decimals) = SafeERC20.tryGetDecimals(IERC20(token));
        require(
            known && decimals <= MAX_DECIMALS,
            IPrepaidEscrow.PolicyTokenDecimalsTooMany(token, known ? decimals : type(uint8).max, MAX_DECIMALS)
        );
        return decimals;
    }

    function _requireWithin(string memory field, uint256 value, uint256 min, uint256 max) private pure {
        require(value >= min && value <= max, IPrepaidEscrow.PolicyFieldOutOfBounds(field, value, min, max));
    }

    /* MERCHANTS */

    function registerMerchant(
        address owner,
        address payout,
        uint32 policyId,
        uint48 outstandingCap,
        string calldata metadataURI
    ) external returns (uint32 merchantId) {
        EscrowState storage self = EscrowStorage.state();
        address token = _policyToken(self, policyId);
        require(owner != address(0), IPrepaidEscrow.RecipientForbidden(owner));
        merchantId = ++self.merchantCount;
        // The vault's constructor reads its token from the escrow.
        address vault = address(new MerchantVault{salt: bytes32(uint256(merchantId))}());
        self.isVault[vault] = true;

        Merchant storage m = self.merchants[merchantId];
        Checks.requireUsable(self, token, payout);
        m.pool = m.pool.withOutstandingCap(outstandingCap).withStatus(MerchantStatus.Active);
        m.registration = Registrations.pack(token, policyId, _decimals(token));
        m.timeline = m.timeline.withFinalSettlement(self.policies[policyId].finalSettlement).withRestored(
            MerchantStatus.Suspended
        );
        m.payout = payout;
        m.owner = owner;

        emit IPrepaidEscrow.MerchantRegistered(merchantId, owner, vault, token, payout, policyId, metadataURI);
        emit IPrepaidEscrow.OutstandingCapSet(merchantId, outstandingCap);
    }

    function setMerchantPolicy(uint32 merchantId, uint32 policyId) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _merchant(self, merchantId);
        MerchantStatus status = m.pool.status();
        Checks.requireStatus(status == MerchantStatus.Active || status == MerchantStatus.Suspended, merchantId, status);
        address token = _policyToken(self, policyId);
        Registration registration = m.registration;
        address merchantToken = registration.token();
        require(token == merchantToken, IPrepaidEscrow.PolicyTokenMismatch(token, merchantToken));
        m.registration = Registrations.pack(token, policyId, registration.tokenDecimals());
        m.timeline = m.timeline.withFinalSettlement(self.policies[policyId].finalSettlement);
        emit IPrepaidEscrow.MerchantPolicySet(merchantId, policyId);
    }

    function setOutstandingCap(uint32 merchantId, uint48 outstandingCap) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _merchant(self, merchantId);
        emit IPrepaidEscrow.OutstandingCapSet(merchantId, outstandingCap);
        Pool pool = m.pool.withOutstandingCap(outstandingCap);
        uint256 cap = CapWarning.baseUnits(outstandingCap, m.registration.tokenDecimals());
        if (pool.capLevel() != 0) pool = CapWarning.lower(merchantId, pool, cap);
        if (cap != 0) pool = CapWarning.raise(merchantId, pool, cap);
        m.pool = pool;
    }

    function setOperator(uint32 merchantId, address operator, bool enabled) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _ownedMerchant(self, merchantId);
        require(operator != address(0), IPrepaidEscrow.RecipientForbidden(operator));
        m.operators[operator] = enabled;
        emit IPrepaidEscrow.OperatorSet(merchantId, operator, enabled);
    }

    function setPayout(uint32 merchantId, address payout) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _ownedMerchant(self, merchantId);
        Checks.requireUsable(self, m.registration.token(), payout);
        if (m.payoutChangesAt != 0 && block.timestamp >= m.payoutChangesAt) applyPayout(m);
        m.nextPayout = payout;
        m.payoutChangesAt = SafeCast.toUint32(block.timestamp + CHANGE_DELAY);
        emit IPrepaidEscrow.PayoutChangeStarted(merchantId, payout, m.payoutChangesAt);
    }

    function cancelPayout(uint32 merchantId) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _ownedMerchant(self, merchantId);
        address payout = m.nextPayout;
        require(block.timestamp < m.payoutChangesAt, IPrepaidEscrow.MerchantNothingPending(merchantId));
        m.nextPayout = address(0);
        m.payoutChangesAt = 0;
        emit IPrepaidEscrow.PayoutChangeCancelled(merchantId, payout);
    }

    /// @dev Books a pending payout address that is in effect already.
    function applyPayout(Merchant storage m) public {
        m.payout = m.nextPayout;
        m.nextPayout = address(0);
        m.payoutChangesAt = 0;
    }

    function transferOwnership(uint32 merchantId, address newOwner) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _ownedMerchant(self, merchantId);
        require(newOwner != address(0), IPrepaidEscrow.RecipientForbidden(newOwner));
        m.nextOwner = newOwner;
        m.ownershipAcceptableAt = SafeCast.toUint32(block.timestamp + CHANGE_DELAY);
        emit IPrepaidEscrow.OwnershipTransferStarted(merchantId, newOwner, m.ownershipAcceptableAt);
    }

    function cancelOwnershipTransfer(uint32 merchantId) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _ownedMerchant(self, merchantId);
        address newOwner = m.nextOwner;
        require(newOwner != address(0), IPrepaidEscrow.MerchantNothingPending(merchantId));
        m.nextOwner = address(0);
        m.ownershipAcceptableAt = 0;
        emit IPrepaidEscrow.OwnershipTransferCancelled(merchantId, newOwner);
    }

    function acceptOwnership(uint32 merchantId) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _merchant(self, merchantId);
        address newOwner = m.nextOwner;
        require(msg.sender == newOwner, IPrepaidEscrow.MerchantNextOwnerOnly(merchantId, msg.sender, newOwner));
        uint256 acceptableAt = m.ownershipAcceptableAt;
        require(
            block.timestamp >= acceptableAt,
            IPrepaidEscrow.MerchantTooEarly(merchantId, block.timestamp, acceptableAt)
        );
        address previousOwner = m.owner;
        m.owner = newOwner;
        m.nextOwner = address(0);
        m.ownershipAcceptableAt = 0;
        emit IPrepaidEscrow.OwnershipTransferred(merchantId, previousOwner, newOwner);
    }

    /* PROGRAMS */

    function publishProgram(uint32 merchantId, ProgramTerms calldata terms) external returns (uint32 programId) {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _ownedMerchant(self, merchantId);
        MerchantStatus status = Checks.effectiveStatus(m, m.pool.status());
        Checks.requireStatus(status == MerchantStatus.Active, merchantId, status);
        uint32 policyId = m.registration.policyId();
        Policy storage policy = self.policies[policyId];
        _checkTerms(policy, terms);
        uint256 coolingOff = _coolingOff(policy, terms);
        bool chargesFees = !terms.feeFree && _hasFees(policy);
        if (policy.coolingOffInFull && terms.kind == ProgramKind.Pass) {
            _requirePaidCoolingOff(policy, terms.units, coolingOff, chargesFees);
        }

        uint88 limit = terms.bearer ? policy.maxBearer : policy.maxNamed;
        bool overLimit = limit != 0 && terms.price > limit;
        require(!overLimit || !policy.rejectOverLimit, IPrepaidEscrow.ProgramPriceOverLimit(terms.price, limit));
        programId = ++self.programCount;
        self.programs[programId].offer = Offers.pack(
            terms.price == 0 ? limit : terms.price,
            terms.units,
            merchantId,
            policyId,
            terms.kind,
            _flags(policy, terms.bearer, overLimit, chargesFees)
        );
        self.programs[programId].rights = RightsOf.pack(
            terms.listPrice,
            limit,
            policy.exitDelay,
            coolingOff,
            policy.accrualDelay,
            policy.coolingOffInFull
        );
        emit IPrepaidEscrow.ProgramPublished(programId, merchantId, policyId, terms);
    }

    function retireProgram(uint32 programId) external {
        EscrowState storage self = EscrowStorage.state();
        Offer offer = self.programs[programId].offer;
        uint32 merchantId = offer.merchantId();
        require(merchantId != 0, IPrepaidEscrow.ProgramUnknown(programId));
        _ownedMerchant(self, merchantId);
        require(!offer.has(Offers.RETIRED), IPrepaidEscrow.ProgramAlreadyRetired(programId));
        self.programs[programId].offer = offer.retire();
        emit IPrepaidEscrow.ProgramRetired(programId, merchantId);
    }

    function _checkTerms(Policy storage policy, ProgramTerms calldata terms) private view {
        uint256 maxUnits = type(uint88).max;
        if (terms.kind == ProgramKind.StoredValue) {
            if (terms.price == 0) {
                // A card of any amount: its units are its base units.
                _requireUnits(terms.units, 0, 0);
                _requireListPrice(terms.listPrice, 0, 0);
                return;
            }
            // The face is money, and its list price is the face: the bounds of a list price bound the face.
            maxUnits = (uint256(terms.price) * policy.maxListBps) / BPS;
            _requireUnits(terms.units, terms.price, maxUnits);
            _requireListPrice(terms.listPrice, terms.units, terms.units);
            return;
        }
        require(terms.price != 0, IPrepaidEscrow.ProgramPriceZero(terms.kind));
        if (terms.kind == ProgramKind.Count) {
            if (policy.maxCount != 0) maxUnits = policy.maxCount;
            _requireUnits(terms.units, 1, maxUnits);
            _requireListPrice(terms.listPrice, terms.price, (uint256(terms.price) * policy.maxListBps) / BPS);
        } else {
            _requireUnits(terms.units, 1, policy.maxPassTerm != 0 ? policy.maxPassTerm : 3650 days);
            _requireListPrice(terms.listPrice, terms.price, terms.price);
        }
    }

    function _requireUnits(uint256 units, uint256 min, uint256 max) private pure {
        require(units >= min && units <= max, IPrepaidEscrow.ProgramUnitsOutOfBounds(units, min, max));
    }

    function _requireListPrice(uint256 listPrice, uint256 min, uint256 max) private pure {
        require(listPrice >= min && listPrice <= max, IPrepaidEscrow.ProgramListPriceOutOfBounds(listPrice, min, max));
    }

    /// @dev Cooling-off in seconds: for a pass the longer of the policy's period and its share of the term, which is at most 60 days.
    function _coolingOff(Policy storage policy, ProgramTerms calldata terms) private view returns (uint256 period) {
        period = policy.coolingOff;
        if (terms.kind != ProgramKind.Pass) return period;
        uint256 share = (uint256(terms.units) * policy.coolingOffTermBps) / BPS;
        if (share > MAX_COOLING_OFF_SHARE) share = MAX_COOLING_OFF_SHARE;
        if (share > period) period = share;
    }

    function _hasFees(Policy storage policy) private view returns (bool) {
        return policy.feeFlat != 0 || policy.feePriceBps != 0 || policy.feeRestBps != 0 || policy.coolingOffFeeBps != 0;
    }

    /// @dev A cooling-off in which the days of a pass do not count would be a free gym, left and bought again for ever: it must ask
    /// that the pass is unused, or for a fee that covers the days.
    function _requirePaidCoolingOff(
        Policy storage policy,
        uint256 units,
        uint256 coolingOff,
        bool chargesFees
    ) private view {
        if (policy.coolingOffRequiresUnused || coolingOff == 0) return;
        uint256 feeBps = chargesFees && policy.feeMax == 0 ? policy.coolingOffFeeBps : 0;
        uint256 covered = coolingOff < units ? coolingOff : units;
        // Rounded up: the fee covers every day.
        uint256 neededBps = (covered * BPS + units - 1) / units;
        require(feeBps >= neededBps, IPrepaidEscrow.ProgramCoolingOffFree(feeBps, neededBps));
    }

    function _flags(
        Policy storage policy,
        bool bearer,
        bool overLimit,
        bool chargesFees
    ) private view returns (uint256 flags) {
        if (bearer) flags |= Offers.BEARER;
        if (policy.unilateralExit) flags |= Offers.UNILATERAL_EXIT;
        if (policy.coolingOffRequiresUnused) flags |= Offers.COOLING_OFF_REQUIRES_UNUSED;
        if (policy.rejectOverLimit) flags |= Offers.REJECT_OVER_LIMIT;
        if (policy.rejectOverCap) flags |= Offers.REJECT_OVER_CAP;
        if (overLimit) flags |= Offers.OVER_LIMIT;
        if (chargesFees) flags |= Offers.CHARGES_FEES;
    }

    /* INTERNAL */

    function _merchant(EscrowState storage self, uint32 merchantId) private view returns (Merchant storage m) {
        m = self.merchants[merchantId];
        require(m.pool.status() != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
    }

    function _ownedMerchant(EscrowState storage self, uint32 merchantId) private view returns (Merchant storage m) {
        m = _merchant(self, merchantId);
        address owner = m.owner;
        require(msg.sender == owner, IPrepaidEscrow.MerchantOwnerOnly(merchantId, msg.sender, owner));
    }

    function _policyToken(EscrowState storage self, uint32 policyId) private view returns (address token) {
        token = self.policies[policyId].token;
        require(token != address(0), IPrepaidEscrow.PolicyUnknown(policyId));
    }
}
