/** Source of {@link deployByName}'s library, to be found by the compiler beside the tests. */
export const deployer = {
  file: 'test/contracts/DeployByName.sol',
  source: `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface CodeByName {
    function getCode(string calldata name) external view returns (bytes memory code);
}

library DeployByName {
    /// @dev What \`new\` does, with code that the runner of the tests knows by its name.
    function create(string memory name, bytes memory arguments) internal returns (address payable created) {
        CodeByName runner = CodeByName(address(uint160(uint256(keccak256("hevm cheat code")))));
        bytes memory code = bytes.concat(runner.getCode(name), arguments);
        assembly {
            created := create(0, add(code, 0x20), mload(code))
            if iszero(created) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }
}
`,
}

/**
 * Rewrites a test so that it creates some contracts by name: \`new X(a)\` becomes the creation of whatever code the runner knows as X. The compiled
 * test then holds no code of X, so that it need not be compiled again when X changes.
 * @param paths source file of each contract to create by name
 */
export function deployByName(source: string, paths: ReadonlyMap<string, string>): string {
  let text = source
  for (const [name, path] of paths) {
    const creation = `new ${name}(`
    for (let at = text.indexOf(creation); at >= 0; at = text.indexOf(creation, at + 1)) {
      const start = at + creation.length
      const end = closingOf(text, start)
      const created = `${name}(DeployByName.create("${path}:${name}", abi.encode(${text.slice(start, end)})))`
      text = text.slice(0, at) + created + text.slice(end + 1)
    }
  }
  return text === source ? source : `${text}\nimport {DeployByName} from "${deployer.file}";\n`
}

/** Index of the bracket that closes the one before `start`. */
function closingOf(text: string, start: number): number {
  let depth = 1
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth += 1
    else if (text[at] === ')') depth -= 1
    if (depth === 0) return at
  }
  return text.length
}
