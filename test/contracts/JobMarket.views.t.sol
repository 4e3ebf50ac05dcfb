// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice What the market says of itself.
contract JobMarketViewsTest is MarketTest {
    function test_constructor_keepsWhatItWasGiven() external view {
        assertEq(market.treasury(), TREASURY);
        assertEq(address(market.modelRegistry()), address(models));
        assertEq(market.feeBps(), FEE_BPS);
        assertTrue(!market.paused(), "not paused");
        assertEq(workers.market(), address(market));
        assertEq(workers.minStake(), MIN_STAKE);
        assertEq(workers.unbondingSeconds(), 7 days);
        assertEq(workers.stakeToken(), address(0));
    }

    function test_limits_areTheWrittenOnes() external view {
        assertEq(market.MAX_FEE_BPS(), 500);
        assertEq(market.MAX_CALLBACK_GAS(), 2_000_000);
        assertEq(market.ABANDON_SECONDS(), 7 days);
    }

    function test_settings_areToldAsSet() external {
        market.setPaused(true);
        market.allowToken(address(token), true);
        market.listAssurance(STRANGER, IJobMarket.AssuranceListing.WithTerms);

        assertTrue(market.paused(), "paused");
        assertTrue(market.tokenAllowed(address(token)) && !market.tokenAllowed(STRANGER), "one token");
        assertEq(uint256(market.assuranceListing(STRANGER)), uint256(IJobMarket.AssuranceListing.WithTerms));
        assertEq(
            uint256(market.assuranceListing(address(assurance))), uint256(IJobMarket.AssuranceListing.WithoutTerms)
        );
        assertEq(uint256(market.assuranceListing(WORKER)), uint256(IJobMarket.AssuranceListing.None));
    }

    /// @dev EIP-712 and ERC-5267 say the same, on a fork of the chain too.
    function test_domainSeparator_followsTheChain() external {
        for (uint256 chainId = 31_337; chainId < 31_339; ++chainId) {
            vm.chainId(chainId);
            (bytes1 fields, string memory name, string memory version, uint256 chain, address verifying,,) =
                market.eip712Domain();

            assertEq(bytes32(fields), bytes32(bytes1(0x0f)));
            assertEq(chain, chainId);
            assertEq(verifying, address(market));
            assertEq(
                market.domainSeparator(),
                keccak256(
                    abi.encode(
                        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                        keccak256(bytes(name)),
                        keccak256(bytes(version)),
                        chainId,
                        address(market)
                    )
                )
            );
        }
    }

    function test_bindingOf_isAHashOfJobAndWorkerInTheField() external view {
        JobId jobId = JobId.wrap("job");

        uint256 binding = market.bindingOf(jobId, WORKER);

        assertEq(binding, uint256(keccak256(abi.encode(block.chainid, address(market), jobId, WORKER))) >> 8);
    }

    function test_priceAt_climbsTheRamp() external view {
        JobOrder memory order = fakeOrder();

        assertEq(market.priceAt(order, START + 100), 1 ether);
        assertEq(market.priceAt(order, START + 350), 1.25 ether);
        assertEq(market.priceAt(order, START + 1_100), 2 ether);
        assertEq(market.priceAt(order, START + 9_999), 2 ether);
    }
}
