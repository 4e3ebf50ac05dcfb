import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { GovernanceView } from '../../views/GovernanceView'

export const metadata = pageMetadata('/governance/')

export default function Page() {
  return (
    <App route="/governance/">
      <GovernanceView />
    </App>
  )
}
